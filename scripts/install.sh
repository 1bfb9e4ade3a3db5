#!/bin/sh
# Installs what lbscope needs on Debian and its relatives: scripts/install.sh run|test|bench|modules
# Does nothing where nothing is missing.
set -eu

cd "$(dirname "$0")/.."

# What building and running need, the demo's network included.
RUN_PACKAGES="clang libbpf-dev libbpf1 libnftables1 linux-libc-dev make iproute2 nftables python3 ethtool util-linux"
# What the tests add. prometheus brings promtool; its service and those of victoria-metrics and haproxy are not started.
TEST_PACKAGES="conntrack curl iperf3 prometheus victoria-metrics libusrsctp-examples clang-format libcap2-bin procps strace tcpdump
tshark shellcheck openssl systemd mmdebstrap libfaketime iptables haproxy qemu-system-x86 busybox-static kmod xz-utils
ipvsadm"
# What `make bench` compares with, in C and Go.
BENCH_PACKAGES="gcc libc6-dev golang-go golang-github-cilium-ebpf-dev golang-github-prometheus-client-golang-dev
golang-github-victoriametrics-metrics-dev"
# What `make check` calls, which installs no packages: it needs no root.
CHECK_TOOLS="clang clang-format shellcheck promtool openssl curl"
NODE_OLDEST="20.19.0"

say() {
	echo "install: $*"
}

fail() {
	echo "install: $*" >&2
	exit 1
}

is_installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing_of() {
	for package in "$@"; do
		is_installed "$package" || printf '%s ' "$package"
	done
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		return 1
	fi
}

# Debian starts the services of a package when it is installed; policy-rc.d is its documented way to say no
# (101: action forbidden). One that is there already belongs to the machine's owner and stays.
POLICY=/usr/sbin/policy-rc.d
policy_is_ours=no

forbid_services() {
	[ ! -e "$POLICY" ] || return 0
	printf '#!/bin/sh\nexit 101\n' | as_root tee "$POLICY" >/dev/null
	policy_is_ours=yes
	as_root chmod 755 "$POLICY"
}

allow_services() {
	[ "$policy_is_ours" = no ] || as_root rm -f "$POLICY"
	policy_is_ours=no
}

apt_install() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends \
		-o DPkg::Lock::Timeout=120 "$@"
}

install_packages() {
	command -v dpkg-query >/dev/null || {
		say "no Debian here: please see to these packages, or what they are called: $*"
		return 0
	}
	missing=$(missing_of "$@")
	[ -n "$missing" ] || {
		say "packages: all there"
		return 0
	}
	say "packages: installing $missing"
	as_root true || fail "cannot install $missing: be root, or install sudo"
	trap allow_services EXIT
	trap 'exit 130' INT TERM
	forbid_services
	as_root apt-get update --quiet -o DPkg::Lock::Timeout=120 || say "packages: apt-get update failed, trying without"
	# shellcheck disable=SC2086 # a list of names
	apt_install $missing || for package in $missing; do apt_install "$package" || true; done
	allow_services
	stay_quiet_at_boot "$missing"
	# shellcheck disable=SC2086
	left=$(missing_of $missing)
	[ -z "$left" ] || fail "cannot install: $left"
}

# Installed for its programs, so not to be started by the next boot either.
stay_quiet_at_boot() {
	[ -d /run/systemd/system ] || return 0
	for service in prometheus victoria-metrics haproxy; do
		case "$1" in
		*"$service"*) as_root systemctl disable --now "$service" || true ;;
		esac
	done
}

check_node() {
	command -v node >/dev/null || fail "Node.js is missing, $NODE_OLDEST or newer is needed: https://nodejs.org/en/download"
	version=$(node --version | tr -d v)
	oldest=$(printf '%s\n%s\n' "$NODE_OLDEST" "$version" | sort -V | head -n 1)
	[ "$oldest" = "$NODE_OLDEST" ] ||
		fail "Node.js is $version, $NODE_OLDEST or newer is needed: https://nodejs.org/en/download"
	say "node: $version"
}

# npm writes node_modules/.package-lock.json last, when all is in place.
install_modules() {
	stamp=node_modules/.package-lock.json
	if [ -e "$stamp" ] && [ -z "$(find package-lock.json -newer "$stamp")" ]; then
		say "modules: all there"
		return 0
	fi
	say "modules: npm ci"
	npm ci --ignore-scripts --no-audit --no-fund
}

require_tools() {
	missing=
	for tool in "$@"; do
		command -v "$tool" >/dev/null || missing="$missing $tool"
	done
	[ -z "$missing" ] || fail "missing:$missing; scripts/install.sh test installs what the tests need, as root"
}

case "${1:-}" in
run) packages=$RUN_PACKAGES ;;
test) packages="$RUN_PACKAGES $TEST_PACKAGES" ;;
bench) packages="$RUN_PACKAGES $TEST_PACKAGES $BENCH_PACKAGES" ;;
modules) packages= ;;
*) fail "usage: scripts/install.sh run|test|bench|modules" ;;
esac
check_node
# shellcheck disable=SC2086
if [ -n "$packages" ]; then install_packages $packages; else require_tools $CHECK_TOOLS; fi
install_modules

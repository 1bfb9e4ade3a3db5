#!/bin/sh
# Fetches the kernel of a Debian release from this machine's own mirrors: scripts/kernels/fetch.sh bookworm|trixie
# Prints the folder that holds it, unpacked and not installed: vmlinuz, lib/modules. apt's own lists stay as they are.
set -eu

CACHE=${LBSCOPE_KERNEL_CACHE:-/var/cache/lbscope/kernels}
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

fail() {
	echo "Cannot fetch a kernel: $*" >&2
	exit 1
}

# Of what this machine installs from: Debian's archive and its security archive.
mirrors() {
	# shellcheck disable=SC2016 # apt fills these in
	apt-get indextargets --format '$(REPO_URI) $(LABEL)' 'Created-By: Packages' 'Component: main' |
		awk '$2 == "Debian" || $2 == "Debian-Security"' | sort -u
}

write_sources() {
	mirrors | while read -r uri label; do
		suite=$release
		[ "$label" = Debian ] || suite=$release-security
		echo "deb [arch=amd64 signed-by=$KEYRING] $uri $suite main"
	done >"$apt/sources.list"
	[ -s "$apt/sources.list" ] || fail "this machine has no Debian mirror, expected one in its apt sources"
}

with_own_lists() {
	tool=$1
	shift
	"$tool" -o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
		-o Dir::State::Lists="$apt/lists" -o Dir::Cache="$apt/cache" -o Acquire::Languages=none \
		-o APT::Sandbox::User=root -o APT::Get::List-Cleanup=true "$@"
}

unpack() {
	rm -rf "$1.part"
	mkdir -p "$1.part"
	dpkg-deb -x "$2" "$1.part"
	# Since trixie a package has its modules in /usr/lib.
	[ -d "$1.part/lib" ] || ln -s usr/lib "$1.part/lib"
	abi=$(basename "$1.part"/lib/modules/*)
	ln -s "boot/vmlinuz-$abi" "$1.part/vmlinuz"
	depmod --basedir "$1.part" "$abi"
	mv "$1.part" "$1"
}

release=${1:?usage: scripts/kernels/fetch.sh bookworm|trixie}
apt=$CACHE/$release/apt
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
write_sources
with_own_lists apt-get update --quiet --quiet >&2 || fail "apt-get update of $release failed"
package=$(with_own_lists apt-cache depends linux-image-amd64 | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p')
[ -n "$package" ] || fail "linux-image-amd64 of $release names no kernel"
version=$(with_own_lists apt-cache show --no-all-versions "$package" | sed -n 's/^Version: //p')
kernel=$CACHE/$release/$version
if [ ! -d "$kernel" ]; then
	echo "fetching $package $version" >&2
	(cd "$apt/cache/archives" && with_own_lists apt-get download --quiet --quiet "$package" >&2) ||
		fail "$package of $release does not come"
	unpack "$kernel" "$apt/cache/archives/$package"_*.deb
	rm -f "$apt/cache/archives/$package"_*.deb
fi
echo "$kernel"

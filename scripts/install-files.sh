#!/bin/sh
# make install and make uninstall: scripts/install-files.sh install|uninstall PREFIX, below DESTDIR if that is set
set -eu
action=$1
prefix=$2
root=${DESTDIR:-}
cd "$(dirname "$0")/.."
umask 022

program=$prefix/lib/lbscope
shared=$prefix/share/lbscope
units=$prefix/lib/systemd/system
config=/etc/lbscope/config.yaml

install_all() {
	scripts/install-program.sh "$root$program"
	mkdir -p "$root$prefix/bin" "$root$shared" "$root$units" "$root$(dirname "$config")"
	ln -sf "../lib/lbscope/dist/main.js" "$root$prefix/bin/lbscope"
	cp -R alerts recording-rules docs "$root$shared/"
	install -m 644 deploy/config/lbscope.yaml "$root$shared/config.yaml"
	[ -e "$root$config" ] || install -m 644 deploy/config/lbscope.yaml "$root$config"
	for unit in lbscope.service lbscope-pins.service; do
		sed "s|@PREFIX@|$prefix|" "deploy/systemd/$unit" >"$root$units/$unit"
		chmod 644 "$root$units/$unit"
	done
	say "installed; next: systemctl daemon-reload && systemctl enable --now lbscope"
}

uninstall_all() {
	rm -rf "$root$program" "$root$shared"
	rm -f "$root$prefix/bin/lbscope" "$root$units/lbscope.service" "$root$units/lbscope-pins.service"
	say "removed, but for /etc/lbscope"
}

say() {
	echo "lbscope: $*"
}

case "$action" in
install) install_all ;;
uninstall) uninstall_all ;;
*)
	echo "usage: scripts/install-files.sh install|uninstall PREFIX" >&2
	exit 1
	;;
esac

#!/bin/sh
# Puts the root file system of the image into a directory: scripts/image/assemble.sh DIRECTORY
# To be called in the built checkout, on the system whose Node.js and libraries it takes.
set -eu
image=$1
cd "$(dirname "$0")/../.."
umask 022

# From where the system has it to the same place. Links are resolved: /lib is one on Debian, and stays one here.
take() {
	for path in "$@"; do
		mkdir -p "$image$(dirname "$path")"
		cp --dereference --preserve=mode,timestamps "$path" "$image$path"
	done
}

# All shared objects that these files load, the loader of the system itself included.
libraries_of() {
	ldd "$@" | sed -n 's/^[^/]*\(\/[^ :]*\) (0x[0-9a-f]*)$/\1/p' | sort -u
}

# What dlopen() finds by its name alone.
library() {
	ldconfig -p | sed -n "s/^\t$1 .* => //p" | head -n 1
}

# /lib and /usr/lib are one, but dpkg knows a file only under the name that its package gave it.
packages_of() {
	for path in "$@"; do
		real=$(realpath "$path")
		dpkg-query --search "*/$(basename "$(dirname "$real")")/$(basename "$real")"
	done | sed 's/: .*//' | sort -u
}

# Scanners look for what is inside, and licences want to go with what they are of.
record_packages() {
	mkdir -p "$image/var/lib/dpkg/status.d"
	packages_of "$@" |
		while read -r package; do
			name=${package%%:*}
			dpkg-query --status "$package" >"$image/var/lib/dpkg/status.d/$name"
			take "/usr/share/doc/$name/copyright"
		done
}

node=$(command -v node)
rm -rf "$image"
mkdir -p "$image/usr/bin" "$image/usr/lib" "$image/usr/sbin" "$image/usr/lib64" "$image/proc" "$image/sys/fs/bpf" "$image/dev" \
	"$image/host" "$image/run" "$image/var"
for link in bin lib lib64 sbin; do ln -s "usr/$link" "$image/$link"; done
mkdir -m 1777 "$image/tmp"

scripts/install-program.sh "$image/usr/lib/lbscope"
ln -s ../lib/lbscope/dist/main.js "$image/usr/bin/lbscope"
install -D -m 644 deploy/config/lbscope.yaml "$image/etc/lbscope/config.yaml"
opened="$(library libbpf.so.1) $(library libnftables.so.1) $(find "$image/usr/lib/lbscope/node_modules" -name '*.node')"
# shellcheck disable=SC2086 # paths without blanks
libraries="$(library libbpf.so.1) $(library libnftables.so.1) $(libraries_of "$node" /usr/bin/env $opened)"
# shellcheck disable=SC2086
take $libraries /usr/bin/env /etc/os-release
install -m 755 "$node" "$image/usr/bin/node"
[ ! -e /usr/local/LICENSE ] || install -D -m 644 /usr/local/LICENSE "$image/usr/share/doc/nodejs/copyright"
# shellcheck disable=SC2086
record_packages $libraries /usr/bin/env
echo 'hosts: files dns' >"$image/etc/nsswitch.conf"
printf 'root:x:0:0:root:/:/sbin/nologin\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n' >"$image/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\n' >"$image/etc/group"
du -sm "$image" | sed 's/\t.*/ MB in the image/'

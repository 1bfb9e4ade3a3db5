#!/bin/sh
# Makes the initramfs of a guest: scripts/kernels/initramfs.sh KERNEL FILE, KERNEL as scripts/kernels/fetch.sh prints it.
# In it: busybox, the modules that reach the host's root, and the program init beside this file.
set -eu

kernel=$1
file=$2
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
abi=$(basename "$kernel"/lib/modules/*)

# Lines of `insmod PATH` in the order in which to load; those that are in the kernel itself say `builtin`.
module_paths() {
	for module in virtio_pci 9pnet_virtio 9p overlay; do
		modprobe --show-depends --dirname "$kernel" --set-version "$abi" "$module"
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}

mkdir -p "$tree/bin" "$tree/modules" "$tree/proc" "$tree/sys" "$tree/dev" "$tree/host" "$tree/layer" "$tree/guest"
cp "$(command -v busybox)" "$tree/bin/busybox"
cp "$(dirname "$0")/init" "$tree/init"
module_paths | while read -r path; do
	name=$(basename "${path%.xz}")
	case $path in
	*.xz) xz --decompress --stdout "$path" >"$tree/modules/$name" ;;
	*) cp "$path" "$tree/modules/$name" ;;
	esac
	echo "$name" >>"$tree/modules/order"
done
(cd "$tree" && find . | busybox cpio -o -H newc 2>/dev/null | gzip -1) >"$file"

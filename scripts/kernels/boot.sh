#!/bin/sh
# Boots a kernel over this machine's root, read-only, and runs a command in it: scripts/kernels/boot.sh KERNEL SHARE
# KERNEL is a folder as scripts/kernels/fetch.sh prints it. SHARE/command is run by sh, as root, with SHARE at /run/share
# and the rest of this machine's files where they are; what it writes elsewhere is lost. SHARE/status then has its exit
# code. The guest's console comes to stdout.
# Four NICs, in two pairs, each pair on a hub of its own: 52:54:00:00:00:01 with :02, :03 with :04.
set -eu

kernel=$1
share=$2
"$(dirname "$0")/initramfs.sh" "$kernel" "$share/initramfs"
set --
for nic in 1 2 3 4; do
	set -- "$@" -netdev "hubport,id=nic$nic,hubid=$(((nic + 1) / 2))" \
		-device "virtio-net-pci,netdev=nic$nic,mac=52:54:00:00:00:0$nic,romfile="
done
# Emulated, though there may be KVM: in a virtual machine without nested paging stock kernels do not boot under it.
# One CPU: with two, a kernel that patched itself (a static key) died of it in the emulator. Mitigations cost most of
# the time of a system call there.
# Its time goes by instructions, two nanoseconds each: to the kernel, and to what waits in it, the machine is not slow.
# It takes what CPU time others leave: tests of this machine run beside it. It ends with whoever began it.
exec setpriv --pdeathsig KILL chrt --idle 0 qemu-system-x86_64 -machine q35 -accel tcg -icount shift=1,align=off \
	-cpu max -smp 1 -m 3072 -nographic -no-reboot \
	-nodefaults -serial stdio -kernel "$kernel/vmlinuz" -initrd "$share/initramfs" \
	-virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap \
	-virtfs "local,path=$share,mount_tag=share,security_model=none,multidevs=remap" \
	"$@" -append "console=ttyS0 quiet panic=-1 mitigations=off lbscope.kernel=$kernel"

#!/bin/sh
# What a container engine does for the DaemonSet of deploy/kubernetes, in a mount and PID namespace that are there already:
# run-container.sh ROOT CONFIG BPFFS "NAME=VALUE..." COMMAND [ARGUMENT...]
# Root, but with three capabilities only and no way to more; a root file system that nobody can write to.
set -eu
root=$1 config=$2 bpffs=$3 environment=$4 command=$5
shift 5

mount --bind "$root" "$root"
cd "$root"
mount -t proc proc proc
mount --rbind /dev dev
mount -t sysfs -o ro sysfs sys
mount --bind "$bpffs" sys/fs/bpf
mount --bind "$config" etc/lbscope/config.yaml
mount --bind -o ro / host
mount -o remount,bind,ro .

# All but CAP_NET_ADMIN, CAP_PERFMON and CAP_BPF, by number.
drop=$(seq -s , 0 "$(cat /proc/sys/kernel/cap_last_cap)" | sed -e 's/,12,/,/' -e 's/,38,39,/,/')
capsh=$(command -v capsh)
# shellcheck disable=SC2086 # a list of pairs
exec env -i $environment "$capsh" --chroot="$root" --no-new-privs --drop="$drop" --shell="$command" -- "$@"

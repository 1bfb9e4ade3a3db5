// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* A map of the name without the types of its rows, as an older libbpf makes it. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(key_size, 48);
	__uint(value_size, 280);
	__uint(max_entries, 16);
} ct_map SEC(".maps");

char _license[] SEC("license") = "Dual MIT/GPL";

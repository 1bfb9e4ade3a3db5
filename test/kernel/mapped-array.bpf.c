// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* An array that can be mapped, and others that cannot. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct row {
	__u64 number;
	__u64 other;
};

/* Its last page is not full. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct row);
	__uint(max_entries, 1000);
} rows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct row);
	__uint(max_entries, 1000);
} unmapped SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, 1000);
} narrow SEC(".maps");

char _license[] SEC("license") = "Dual MIT/GPL";

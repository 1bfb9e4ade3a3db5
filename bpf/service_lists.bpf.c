// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * No program: memory of the kernel in which user space keeps the lists of
 * services that its sources gave last, for a run that cannot ask them.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define LIST_CHUNK_BYTES 4096

struct list_chunk {
	char bytes[LIST_CHUNK_BYTES];
};

/* LASTING. Two texts in pieces, one of which is whole: see src/bpf/kept-text.ts. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u32);
	__type(value, struct list_chunk);
	__uint(max_entries, 32769);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} service_lists SEC(".maps");

char _license[] SEC("license") = "Dual MIT/GPL";

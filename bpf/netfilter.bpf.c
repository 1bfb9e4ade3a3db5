// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The firewall of the host: packets that netfilter drops, in all network
 * namespaces, as the kernel frees them; and the totals of its rules, which
 * user space keeps here. LASTING maps are pinned. Whoever changes one of them
 * needs another name for the directory of these pins.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "flow.h"

/* The number of SKB_DROP_REASON_NETFILTER_DROP differs by kernel. Written by user space before it attaches; 0 is no drop. */
volatile __u32 netfilter_reason SEC(".data.reason");

/* LASTING. One row. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 1);
} netfilter_drops SEC(".maps");

enum host_count_kind {
	HOST_TOTAL = 1, /* what rules of one name have dropped */
	HOST_RULE = 2,	/* what the counter of one rule was when it was last read */
};

struct host_key {
	__u8 hash[16]; /* of the kind and the name, or the place of the rule */
};

struct host_count {
	struct traffic traffic;
	__u8 kind; /* enum host_count_kind */
	__u8 pad[7];
	char name[NAME_BYTES]; /* of a total: UTF-8, zeros behind it */
};

/* LASTING. Written by user space: what belongs together by one call, which its death does not cut short. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct host_key);
	__type(value, struct host_count);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} host_counts SEC(".maps");

/* Most packets are freed for other reasons: these end at the comparison. */
SEC("raw_tracepoint/kfree_skb")
int netfilter_drop(struct bpf_raw_tracepoint_args *args)
{
	__u32 row = 0;
	__u64 *drops;

	/* The third argument since Linux 5.17. */
	if ((__u32)args->args[2] != netfilter_reason)
		return 0;
	drops = bpf_map_lookup_elem(&netfilter_drops, &row);
	/* A packet that is freed in an interrupt may come between. */
	if (drops)
		__sync_fetch_and_add(drops, 1);
	return 0;
}

char _license[] SEC("license") = "Dual MIT/GPL";

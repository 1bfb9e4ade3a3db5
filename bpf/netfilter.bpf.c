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
#include "host_counts.h"

/* The number of SKB_DROP_REASON_NETFILTER_DROP differs by kernel. Written by user space before it attaches; 0 is no drop. */
volatile __u32 netfilter_reason SEC(".data.reason");

/* LASTING. One row. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 1);
} netfilter_drops SEC(".maps");

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

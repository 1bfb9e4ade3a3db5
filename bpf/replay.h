/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the kernel says of a packet under way, and a capture says of a packet
 * that has passed: when, how long, and what names it across NAT. `replaying`
 * is constant from the load on: the verifier takes out the half that is not
 * meant, so that the programs of a replay and of a live node are one object.
 */
#ifndef LBSCOPE_REPLAY_H
#define LBSCOPE_REPLAY_H

#include <stdbool.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/* Set by user space before the load. */
const volatile __u32 replaying SEC(".rodata.replay") = 0;

/* ns: what the clock says to a walk. Written by user space before each. */
volatile __u64 replay_ns SEC(".data.replay") = 0;

/* A tick of Debian's kernels (CONFIG_HZ=250). */
#define REPLAY_TICK_NS 4000000ull

/* Words of skb->cb. A capture may hold the beginning of a packet only, and no flow hash. */
enum replay_word {
	REPLAY_LENGTH = 0, /* of the packet on the wire, from the start of the skb data */
	REPLAY_HASH = 1,
};

/* Jiffies when the packet passes. */
static __always_inline __u64 packet_jiffies(const struct __sk_buff *skb)
{
	return replaying ? skb->tstamp / REPLAY_TICK_NS : bpf_jiffies64();
}

static __always_inline __u64 walk_ns(void)
{
	return replaying ? replay_ns : bpf_ktime_get_ns();
}

static __always_inline __u64 walk_jiffies(void)
{
	return replaying ? replay_ns / REPLAY_TICK_NS : bpf_jiffies64();
}

static __always_inline __u32 skb_length(const struct __sk_buff *skb)
{
	__u32 length;

	if (!replaying)
		return skb->len;
	length = skb->cb[REPLAY_LENGTH];
	/* Keeps LLVM from choosing between the two by their offset, which the verifier refuses. */
	asm volatile("" : "+r"(length));
	return length;
}

static __always_inline __u32 skb_hash(struct __sk_buff *skb)
{
	return replaying ? skb->cb[REPLAY_HASH] : bpf_get_hash_recalc(skb);
}

#endif

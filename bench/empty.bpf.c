// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The peer of the packet bench: a program that does nothing costs what the harness costs. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

SEC("tc")
int empty(struct __sk_buff *skb)
{
	return TC_ACT_UNSPEC;
}

char _license[] SEC("license") = "Dual MIT/GPL";

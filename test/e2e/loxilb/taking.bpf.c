// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Takes every packet, as a load balancer does that redirects: whoever comes after it sees none. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

SEC("tc")
int take(struct __sk_buff *skb)
{
	return TC_ACT_STOLEN;
}

char _license[] SEC("license") = "Dual MIT/GPL";

// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A load balancer in XDP, at its simplest: it turns UDP packets around and
 * sends them out where they came in. The stack, and tc with it, never has them.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct frame {
	struct ethhdr ethernet;
	struct iphdr ip;
	struct udphdr udp;
} __attribute__((packed));

SEC("xdp")
int bounce(struct xdp_md *context)
{
	struct frame *frame = (void *)(long)context->data;
	unsigned char mac[ETH_ALEN];
	__be32 address;
	__be16 port;

	if ((void *)(frame + 1) > (void *)(long)context->data_end)
		return XDP_PASS;
	if (frame->ethernet.h_proto != bpf_htons(ETH_P_IP) || frame->ip.ihl != 5 ||
	    frame->ip.protocol != IPPROTO_UDP)
		return XDP_PASS;
	/* The checksums stay right: only what is in both sums changes places. */
	__builtin_memcpy(mac, frame->ethernet.h_dest, ETH_ALEN);
	__builtin_memcpy(frame->ethernet.h_dest, frame->ethernet.h_source, ETH_ALEN);
	__builtin_memcpy(frame->ethernet.h_source, mac, ETH_ALEN);
	address = frame->ip.daddr;
	frame->ip.daddr = frame->ip.saddr;
	frame->ip.saddr = address;
	port = frame->udp.dest;
	frame->udp.dest = frame->udp.source;
	frame->udp.source = port;
	return XDP_TX;
}

char _license[] SEC("license") = "Dual MIT/GPL";

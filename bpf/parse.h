/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* From packet bytes to struct packet: the order of the headers. */
#ifndef LBSCOPE_PARSE_H
#define LBSCOPE_PARSE_H

#include <linux/if_ether.h>
#include "packet.h"
#include "parse_ipv4.h"
#include "parse_ipv6.h"
#include "parse_transport.h"
#include "replay.h"

#define MAX_VLAN_TAGS 2

/* Tags that the NIC or the kernel left in the frame; the outermost one is usually in skb metadata. */
static __always_inline enum parse_result parse_ethernet(struct cursor *cursor, __be16 *ethertype)
{
	struct ethhdr *ethernet = take(cursor, sizeof(*ethernet));

	if (!ethernet)
		return PARSE_SHORT;
	*ethertype = ethernet->h_proto;
#pragma unroll
	for (int i = 0; i < MAX_VLAN_TAGS; i++) {
		struct {
			__be16 control;
			__be16 ethertype;
		} * tag;

		if (*ethertype != bpf_htons(ETH_P_8021Q) && *ethertype != bpf_htons(ETH_P_8021AD))
			break;
		tag = take(cursor, sizeof(*tag));
		if (!tag)
			return PARSE_SHORT;
		*ethertype = tag->ethertype;
	}
	return PARSE_OK;
}

/*
 * From the network header at `offset` on. Returns an enum parse_result. A
 * global function, as all the large steps are: the verifier then takes each by
 * itself once, whatever its callers know; the NULL checks are for it, too.
 */
__noinline int parse_network(struct __sk_buff *skb, struct packet *packet, __u32 offset, __u32 ethertype)
{
	bool gso = skb->gso_size != 0;
	enum parse_result result;
	struct cursor cursor;
	__u32 available;

	if (!packet)
		return PARSE_OTHER;
	offset &= MAX_HEADER_OFFSET;
	cursor.skb = skb;
	cursor.pos = (void *)(long)skb->data + offset;
	cursor.end = (void *)(long)skb->data_end;
	available = skb_length(skb) - offset;
	__builtin_memset(packet, 0, sizeof(*packet));
	if (ethertype == bpf_htons(ETH_P_IP))
		result = parse_ipv4(&cursor, available, gso, packet);
	else if (ethertype == bpf_htons(ETH_P_IPV6))
		result = parse_ipv6(&cursor, available, gso, packet);
	else
		return PARSE_OTHER;
	if (result != PARSE_OK)
		return result;
	if (packet->header_length > packet->length)
		return PARSE_MALFORMED;
	cursor.pos = (void *)(long)skb->data + ((offset + packet->header_length) & MAX_HEADER_OFFSET);
	result = parse_transport(&cursor, gso, packet);
	packet->payload_offset = offset + packet->header_length;
	return result;
}

static __always_inline enum parse_result parse_linear(struct __sk_buff *skb, struct packet *packet,
						      bool ethernet)
{
	void *start = (void *)(long)skb->data;
	struct cursor cursor = {.skb = skb, .pos = start, .end = (void *)(long)skb->data_end};
	__be16 ethertype = skb->protocol;
	enum parse_result result;

	if (ethernet) {
		result = parse_ethernet(&cursor, &ethertype);
		if (result != PARSE_OK)
			return result;
	}
	return parse_network(skb, packet, cursor.pos - start, ethertype);
}

/* Longest headers that are pulled into the linear part for a second try. */
#define PULL_BYTES 256

/*
 * `ethernet`: false on devices without a link-layer header (tun, WireGuard).
 * A packet whose headers the driver left in page fragments is made linear,
 * which changes where its bytes lie and nothing else.
 */
static __always_inline enum parse_result parse_packet(struct __sk_buff *skb, struct packet *packet,
						      bool ethernet)
{
	enum parse_result result = parse_linear(skb, packet, ethernet);
	__u32 linear = skb->data_end - skb->data;

	if (result != PARSE_SHORT)
		return result;
	if (linear >= skb->len || bpf_skb_pull_data(skb, skb->len < PULL_BYTES ? skb->len : PULL_BYTES))
		return PARSE_MALFORMED;
	result = parse_linear(skb, packet, ethernet);
	return result == PARSE_SHORT ? PARSE_MALFORMED : result;
}

#endif

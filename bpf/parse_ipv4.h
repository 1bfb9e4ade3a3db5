/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef LBSCOPE_PARSE_IPV4_H
#define LBSCOPE_PARSE_IPV4_H

#include <linux/ip.h>
#include "packet.h"

#define IPV4_MORE_FRAGMENTS 0x2000
#define IPV4_OFFSET_MASK    0x1fff

/* `available`: bytes from here to the end of the skb; a frame may be padded, never shorter than its packet.
 */
static __always_inline enum parse_result parse_ipv4(struct cursor *cursor, __u32 available, bool gso,
						    struct packet *packet)
{
	struct iphdr *ip = take(cursor, sizeof(*ip));
	__u32 header_length, offset;

	if (!ip)
		return available < sizeof(*ip) ? PARSE_MALFORMED : PARSE_SHORT;
	header_length = ip->ihl * 4;
	packet->length = bpf_ntohs(ip->tot_len);
	/* BIG TCP leaves 0 or a truncated length in the header of a super-packet. */
	if (gso)
		packet->length = available;
	if (ip->version != 4 || header_length < sizeof(*ip) || packet->length < header_length ||
	    packet->length > available)
		return PARSE_MALFORMED;
	map_ipv4(&packet->source, ip->saddr);
	map_ipv4(&packet->destination, ip->daddr);
	packet->protocol = ip->protocol;
	packet->header_length = header_length;
	offset = bpf_ntohs(ip->frag_off);
	if (offset & (IPV4_OFFSET_MASK | IPV4_MORE_FRAGMENTS)) {
		packet->fragment = offset & IPV4_OFFSET_MASK ? FRAGMENT_LATER : FRAGMENT_FIRST;
		packet->fragment_id = ip->id;
	}
	return PARSE_OK;
}

#endif

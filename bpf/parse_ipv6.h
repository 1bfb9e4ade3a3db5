/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* IPv6 and its extension headers (RFC 8200, 4). */
#ifndef LBSCOPE_PARSE_IPV6_H
#define LBSCOPE_PARSE_IPV6_H

#include <linux/in.h>
#include <linux/ipv6.h>
#include "packet.h"

#define IPV6_OFFSET_MASK    0xfff8
#define IPV6_MORE_FRAGMENTS 0x0001

#define IPV6_HOP_BY_HOP	    0
#define IPV6_ROUTING	    43
#define IPV6_FRAGMENT	    44
#define IPV6_AUTHENTICATION 51
#define IPV6_DESTINATION    60
#define MAX_EXTENSIONS	    8

/* What skip_extensions() found, in one word. */
#define EXTENSIONS_PROTOCOL(found) ((found)&0xff)
#define EXTENSIONS_FRAGMENT(found) (((found) >> 8) & 0x3)
#define EXTENSIONS_SHORT(found)	   (((found) >> 10) & 0x1)
#define EXTENSIONS_LENGTH(found)   (((found) >> 16) & 0xffff)
#define EXTENSIONS_ID(found)	   ((__u32)((found) >> 32))

struct extension {
	__u8 next;
	__u8 length;
	__be16 offset;
	__be32 id;
};

/* Bytes of the extension beyond its first 8. */
static __always_inline __u32 extension_rest(__u8 type, __u8 length)
{
	if (type == IPV6_FRAGMENT)
		return 0;
	/* RFC 4302, 2.2: all of it in 4-byte units, minus 2. */
	if (type == IPV6_AUTHENTICATION)
		return length * 4;
	return length * 8;
}

static __always_inline bool is_extension(__u8 type)
{
	return type == IPV6_HOP_BY_HOP || type == IPV6_ROUTING || type == IPV6_DESTINATION ||
	       type == IPV6_FRAGMENT || type == IPV6_AUTHENTICATION;
}

/*
 * Follows the extension headers at `offset` to the transport header. A global
 * function, so that the verifier walks this loop once by itself and not once
 * for every state of its caller.
 */
__noinline __u64 skip_extensions(struct __sk_buff *skb, __u32 offset, __u32 next)
{
	__u64 fragment = FRAGMENT_NONE, id = 0, length = 0;

	for (int i = 0; i < MAX_EXTENSIONS; i++) {
		struct extension extension;

		if (!is_extension(next) || fragment == FRAGMENT_LATER)
			break;
		if (bpf_skb_load_bytes(skb, offset + length, &extension, sizeof(extension)))
			return 1 << 10;
		if (next == IPV6_FRAGMENT &&
		    extension.offset & bpf_htons(IPV6_OFFSET_MASK | IPV6_MORE_FRAGMENTS)) {
			id = extension.id;
			fragment = extension.offset & bpf_htons(IPV6_OFFSET_MASK) ? FRAGMENT_LATER
										  : FRAGMENT_FIRST;
		}
		length += sizeof(extension) + extension_rest(next, extension.length);
		next = extension.next;
	}
	return (next & 0xff) | fragment << 8 | (length & 0xffff) << 16 | id << 32;
}

static __always_inline enum parse_result parse_extensions(struct cursor *cursor, __u8 next,
							  struct packet *packet)
{
	__u32 offset = cursor->pos - (void *)(long)cursor->skb->data;
	__u64 found = skip_extensions(cursor->skb, offset, next);
	__u32 length = EXTENSIONS_LENGTH(found);

	if (EXTENSIONS_SHORT(found) || offset + length > MAX_HEADER_OFFSET)
		return PARSE_MALFORMED;
	packet->protocol = EXTENSIONS_PROTOCOL(found);
	packet->fragment = EXTENSIONS_FRAGMENT(found);
	packet->fragment_id = EXTENSIONS_ID(found);
	packet->header_length += length;
	return PARSE_OK;
}

static __always_inline enum parse_result parse_ipv6(struct cursor *cursor, __u32 available, bool gso,
						    struct packet *packet)
{
	struct ipv6hdr *ip = take(cursor, sizeof(*ip));

	if (!ip)
		return available < sizeof(*ip) ? PARSE_MALFORMED : PARSE_SHORT;
	packet->length = gso ? available : bpf_ntohs(ip->payload_len) + sizeof(*ip);
	if (ip->version != 6 || packet->length > available)
		return PARSE_MALFORMED;
	__builtin_memcpy(&packet->source, &ip->saddr, sizeof(packet->source));
	__builtin_memcpy(&packet->destination, &ip->daddr, sizeof(packet->destination));
	packet->header_length = sizeof(*ip);
	packet->protocol = ip->nexthdr;
	/* BIG TCP: super-packets over 64 KiB carry a jumbo payload option, taken out before they leave. */
	if (gso && !ip->payload_len && ip->nexthdr == IPV6_HOP_BY_HOP)
		packet->jumbo_length = 8;
	if (is_extension(ip->nexthdr))
		return parse_extensions(cursor, ip->nexthdr, packet);
	return PARSE_OK;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * From packet bytes to struct packet.
 *
 * Contract of every parse_*: it reads at cursor->pos, never past cursor->end,
 * and returns PARSE_OK, or why it could not. Where the transport header begins
 * stands in packet->header_length.
 */
#ifndef LBSCOPE_PARSE_H
#define LBSCOPE_PARSE_H

#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <linux/in.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#include "flow.h"

#define IPV6_HOP_BY_HOP	    0
#define IPV6_ROUTING	    43
#define IPV6_FRAGMENT	    44
#define IPV6_AUTHENTICATION 51
#define IPV6_DESTINATION    60
#define MAX_EXTENSIONS	    8
#define MAX_VLAN_TAGS	    2
/* The verifier follows packet pointers up to 64 KiB; eight of the longest extensions stay well below half of
 * it. */
#define MAX_HEADER_OFFSET 0x7fff

#define IPV4_MORE_FRAGMENTS 0x2000
#define IPV4_OFFSET_MASK    0x1fff
#define IPV6_OFFSET_MASK    0xfff8
#define IPV6_MORE_FRAGMENTS 0x0001

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

#define SCTP_INIT	       1
#define SCTP_INIT_ACK	       2
#define SCTP_ABORT	       6
#define SCTP_SHUTDOWN	       7
#define SCTP_SHUTDOWN_ACK      8
#define SCTP_COOKIE_ECHO       10
#define SCTP_COOKIE_ACK	       11
#define SCTP_SHUTDOWN_COMPLETE 14

enum parse_result {
	PARSE_OK = 0,
	PARSE_OTHER,	 /* nothing of ours: not IP */
	PARSE_SHORT,	 /* the header may lie outside the linear part of the skb */
	PARSE_MALFORMED, /* lengths that contradict each other */
};

enum fragment_kind {
	FRAGMENT_NONE = 0,
	FRAGMENT_FIRST = 1,
	FRAGMENT_LATER = 2, /* carries no ports */
};

struct packet {
	struct address source;
	struct address destination;
	__be16 source_port;
	__be16 destination_port;
	__u8 protocol; /* of the transport header, behind extension headers */
	__u8 fragment; /* enum fragment_kind */
	__u8 event;    /* TCP flags, or type of the first SCTP chunk */
	__u8 has_ports;
	__be32 fragment_id;
	__u32 length;	      /* IP total length of the skb; more than one wire packet when gso_size is set */
	__u32 header_length;  /* IP header, extensions and transport header: what each GSO segment repeats */
	__u32 jumbo_length;   /* part of both that never leaves the kernel: see parse_ipv6() */
	__u32 sequence;	      /* TCP sequence number, SCTP initiate tag: names a handshake */
	__u32 token;	      /* unchanged by NAT: finds the packet again at egress; UDP: 0, see join.h */
	__u32 payload_offset; /* behind the headers above, from the start of the skb data */
};

struct cursor {
	struct __sk_buff *skb;
	void *pos;
	void *end;
};

/* The next `size` bytes as a pointer, or NULL. */
static __always_inline void *take(struct cursor *cursor, __u32 size)
{
	void *start = cursor->pos;

	if (start + size > cursor->end)
		return NULL;
	cursor->pos = start + size;
	return start;
}

static __always_inline void map_ipv4(struct address *address, __be32 ipv4)
{
	address->word[0] = 0;
	address->word[1] = 0;
	address->word[2] = bpf_htonl(0xffff);
	address->word[3] = ipv4;
}

static __always_inline bool is_ipv4(const struct address *address)
{
	return !address->word[0] && !address->word[1] && address->word[2] == bpf_htonl(0xffff);
}

static __always_inline bool same_address(const struct address *a, const struct address *b)
{
	return a->word[3] == b->word[3] && a->word[2] == b->word[2] && a->word[1] == b->word[1] &&
	       a->word[0] == b->word[0];
}

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

static __always_inline enum parse_result parse_tcp(struct cursor *cursor, struct packet *packet)
{
	struct tcphdr *tcp = take(cursor, sizeof(*tcp));

	if (!tcp)
		return PARSE_SHORT;
	packet->header_length += tcp->doff * 4;
	if (tcp->doff * 4 < sizeof(*tcp) || packet->header_length > packet->length)
		return PARSE_MALFORMED;
	packet->source_port = tcp->source;
	packet->destination_port = tcp->dest;
	packet->event = ((__u8 *)tcp)[13];
	packet->sequence = bpf_ntohl(tcp->seq);
	packet->token = tcp->seq ^ tcp->ack_seq;
	return PARSE_OK;
}

static __always_inline enum parse_result parse_udp(struct cursor *cursor, bool gso, struct packet *packet)
{
	struct udphdr *udp = take(cursor, sizeof(*udp));
	__u32 room = packet->length - packet->header_length;

	if (!udp)
		return PARSE_SHORT;
	packet->header_length += sizeof(*udp);
	/* The first fragment holds only a part; a super-packet repeats the length of one segment. */
	if (!gso && packet->fragment == FRAGMENT_NONE &&
	    (bpf_ntohs(udp->len) < sizeof(*udp) || bpf_ntohs(udp->len) > room))
		return PARSE_MALFORMED;
	packet->source_port = udp->source;
	packet->destination_port = udp->dest;
	return PARSE_OK;
}

/* RFC 9260: common header, then the first chunk, which decides what the packet means. */
struct sctp_start {
	__be16 source;
	__be16 destination;
	__be32 verification_tag;
	__le32 checksum;
	__u8 type;
	__u8 flags;
	__be16 length;
};

static __always_inline enum parse_result parse_sctp(struct cursor *cursor, struct packet *packet)
{
	struct sctp_start *sctp = take(cursor, sizeof(*sctp));
	__u32 room = packet->length - packet->header_length;
	__be32 *initiate_tag;

	if (!sctp)
		return PARSE_SHORT;
	if (bpf_ntohs(sctp->length) < (sctp->type == SCTP_INIT ? 20 : 4) ||
	    (packet->fragment == FRAGMENT_NONE && bpf_ntohs(sctp->length) + 12u > room))
		return PARSE_MALFORMED;
	packet->header_length += 12;
	packet->source_port = sctp->source;
	packet->destination_port = sctp->destination;
	packet->event = sctp->type;
	packet->token = sctp->verification_tag;
	if (sctp->type != SCTP_INIT)
		return PARSE_OK;
	/* An INIT has the verification tag 0; its own tag follows. */
	initiate_tag = take(cursor, sizeof(*initiate_tag));
	if (!initiate_tag)
		return PARSE_SHORT;
	packet->sequence = bpf_ntohl(*initiate_tag);
	packet->token = *initiate_tag;
	return PARSE_OK;
}

static __always_inline enum parse_result parse_transport(struct cursor *cursor, bool gso,
							 struct packet *packet)
{
	enum parse_result result = PARSE_OK;
	__u32 minimum = 0;

	if (packet->fragment == FRAGMENT_LATER)
		return PARSE_OK;
	switch (packet->protocol) {
	case IPPROTO_TCP:
		minimum = sizeof(struct tcphdr);
		break;
	case IPPROTO_UDP:
		minimum = sizeof(struct udphdr);
		break;
	case IPPROTO_SCTP:
		minimum = sizeof(struct sctp_start);
		break;
	default:
		return PARSE_OK;
	}
	/* Ethernet padding is no header: the packet must hold it, not only the frame. */
	if (packet->header_length + minimum > packet->length)
		return PARSE_MALFORMED;
	if (packet->protocol == IPPROTO_TCP)
		result = parse_tcp(cursor, packet);
	else if (packet->protocol == IPPROTO_UDP)
		result = parse_udp(cursor, gso, packet);
	else
		result = parse_sctp(cursor, packet);
	packet->has_ports = result == PARSE_OK;
	return result;
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
	available = skb->len - offset;
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

/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What a packet is once it is parsed, and what the parsers share.
 *
 * Contract of every parse_*: it reads at cursor->pos, never past cursor->end,
 * and returns PARSE_OK, or why it could not. Where the transport header begins
 * stands in packet->header_length.
 */
#ifndef LBSCOPE_PACKET_H
#define LBSCOPE_PACKET_H

#include <stdbool.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#include "flow.h"

/* The verifier follows packet pointers up to 64 KiB; eight of the longest extensions stay below half of it. */
#define MAX_HEADER_OFFSET 0x7fff

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
	__u32 length;	     /* IP total length of the skb; more than one wire packet when gso_size is set */
	__u32 header_length; /* IP header, extensions and transport header: what each GSO segment repeats */
	__u32 jumbo_length;  /* part of both that never leaves the kernel: see parse_ipv6() */
	__u32 sequence;	     /* TCP sequence number of the SYN, SCTP initiate tag: names a handshake */
	__u32 token; /* unchanged by NAT: finds the packet again at egress; UDP: its length field, see join.h */
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

#endif

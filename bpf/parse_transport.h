/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* TCP, UDP and SCTP: ports, what the packet means for its flow, and what names it. */
#ifndef LBSCOPE_PARSE_TRANSPORT_H
#define LBSCOPE_PARSE_TRANSPORT_H

#include <linux/in.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include "packet.h"

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

static __always_inline bool is_syn_ack(__u8 flags)
{
	return (flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK);
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
	/* A SYN-ACK tells the sequence number of its SYN, too: it is acknowledged by one more. */
	packet->sequence = is_syn_ack(packet->event) ? bpf_ntohl(tcp->ack_seq) - 1 : bpf_ntohl(tcp->seq);
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
	packet->token = bpf_ntohs(udp->len);
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

#endif

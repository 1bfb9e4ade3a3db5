/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * ICMP unreachable: the error of UDP flows, and of TCP and SCTP flows before
 * they are established. Both kinds quote the packet that they answer, NAT
 * undone, where they meet the client's side.
 */
#ifndef LBSCOPE_ICMP_H
#define LBSCOPE_ICMP_H

#include "track.h"

/* linux/icmp.h needs the C library, which a BPF target does not have. RFC 792 and RFC 4443. */
#define ICMP_DEST_UNREACH   3
#define ICMP_PROT_UNREACH   2
#define ICMP_PORT_UNREACH   3
#define ICMP_FRAG_NEEDED    4
#define ICMPV6_DEST_UNREACH 1
#define ICMPV6_PORT_UNREACH 4

struct icmp_start {
	__u8 type;
	__u8 code;
};

#define ICMP_ERROR_BYTES 8 /* header of an ICMP error, before the quoted packet (RFC 792, RFC 4443) */

static __always_inline bool is_unreachable(const struct packet *packet, __u8 type, __u8 code)
{
	/* Code 4 asks for smaller packets; it refuses nothing. */
	if (packet->protocol == IPPROTO_ICMP)
		return type == ICMP_DEST_UNREACH && code != ICMP_FRAG_NEEDED;
	return type == ICMPV6_DEST_UNREACH;
}

/* Port and protocol unreachable come from the host itself, the rest from the way to it. */
static __always_inline bool from_host(const struct packet *packet, __u8 code)
{
	if (packet->protocol == IPPROTO_ICMP)
		return code == ICMP_PORT_UNREACH || code == ICMP_PROT_UNREACH;
	return code == ICMPV6_PORT_UNREACH;
}

static __always_inline __u32 status_after_unreachable(__u32 status, __u8 protocol, enum error_origin origin)
{
	if (protocol == IPPROTO_UDP)
		return has_mark(status, FLOW_ANSWERED) ? status
						       : with_error(status, ERROR_UNREACHABLE, origin);
	if (STATUS_STATE(status) != FLOW_OPENING)
		return status;
	return with_state(with_error(status, ERROR_UNREACHABLE, origin), FLOW_CLOSED);
}

static __always_inline void fail_unplaced(const struct flow_key *key, __u32 slot, enum error_origin origin)
{
	struct note *note = bpf_map_lookup_elem(&unplaced, key);
	__u32 before, after;

	if (!note)
		return;
	before = *(volatile __u32 *)&note->status;
	after = status_after_unreachable(before, key->protocol, origin);
	if (after != before && __sync_val_compare_and_swap(&note->status, before, after) == before)
		commit_unplaced(slot, before, after);
}

static __always_inline void fail_flow(const struct flow_key *key, __u32 slot, enum error_origin origin)
{
	struct flow *flow = bpf_map_lookup_elem(&flows, key);

	if (!flow) {
		fail_unplaced(key, slot, origin);
		return;
	}
	for (int i = 0; i < MAX_TRIES; i++) {
		__u32 before = *(volatile __u32 *)&flow->status;
		__u32 after = status_after_unreachable(before, key->protocol, origin);

		if (has_mark(before, FLOW_REMOVED) || after == before)
			return;
		if (change_status(flow, before, after)) {
			if (is_error(before, after))
				count_error(flow->slot, after);
			judge_endpoint(flow, key->protocol, before, after);
			return;
		}
	}
}

/* Addresses, protocol and ports of a quoted packet; the quote may end right behind the ports. */
static __always_inline bool parse_quote(struct __sk_buff *skb, const struct packet *packet,
					struct packet *quote)
{
	__u32 offset = packet->payload_offset + ICMP_ERROR_BYTES;
	struct ports ports;

	__builtin_memset(quote, 0, sizeof(*quote));
	if (packet->protocol == IPPROTO_ICMP) {
		struct iphdr ip;

		if (bpf_skb_load_bytes(skb, offset, &ip, sizeof(ip)) || ip.version != 4 || ip.ihl < 5)
			return false;
		/* Payload stands where the ports would be. */
		if (ip.frag_off & bpf_htons(IPV4_OFFSET_MASK))
			return false;
		map_ipv4(&quote->source, ip.saddr);
		map_ipv4(&quote->destination, ip.daddr);
		quote->protocol = ip.protocol;
		offset += ip.ihl * 4;
	} else {
		struct ipv6hdr ip;
		__u64 found;

		if (bpf_skb_load_bytes(skb, offset, &ip, sizeof(ip)) || ip.version != 6)
			return false;
		found = skip_extensions(skb, offset + sizeof(ip), ip.nexthdr);
		if (EXTENSIONS_SHORT(found) || EXTENSIONS_FRAGMENT(found) == FRAGMENT_LATER)
			return false;
		__builtin_memcpy(&quote->source, &ip.saddr, sizeof(quote->source));
		__builtin_memcpy(&quote->destination, &ip.daddr, sizeof(quote->destination));
		quote->protocol = EXTENSIONS_PROTOCOL(found);
		offset += sizeof(ip) + EXTENSIONS_LENGTH(found);
	}
	if (bpf_skb_load_bytes(skb, offset, &ports, sizeof(ports)))
		return false;
	quote->source_port = ports.source;
	quote->destination_port = ports.destination;
	return true;
}

/* `direction`: of the ICMP packet. It quotes a packet that went the other way. */
__noinline int track_icmp(struct __sk_buff *skb, const struct packet *packet, enum direction direction)
{
	struct icmp_start icmp;
	struct packet quote;
	struct flow_key key;
	enum error_origin origin;
	__u32 *slot;

	if (!packet || packet->fragment != FRAGMENT_NONE ||
	    bpf_skb_load_bytes(skb, packet->payload_offset, &icmp, sizeof(icmp)) ||
	    !is_unreachable(packet, icmp.type, icmp.code) || !parse_quote(skb, packet, &quote))
		return 0;
	key = client_flow(&quote, direction == FROM_CLIENT ? FROM_ENDPOINT : FROM_CLIENT);
	slot = find_service(&key.vip, key.vip_port, key.protocol);
	if (!slot)
		return 0;
	origin = from_host(packet, icmp.code) ? sender(direction) : ORIGIN_NETWORK;
	fail_flow(&key, *slot, origin);
	return 0;
}

#endif

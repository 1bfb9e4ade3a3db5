/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The same-packet join: which endpoint a load balancer chose is read off the
 * packet itself when it leaves. It needs no conntrack and no knowledge of the
 * load balancer, and it answers on the first packet.
 */
#ifndef LBSCOPE_JOIN_H
#define LBSCOPE_JOIN_H

#include "count.h"
#include "maps.h"
#include "parse.h"
#include "replay.h"

/* A softirq hands on within a tick or two what it has taken in; older notes are of packets that were dropped.
 */
#define JOIN_MAX_AGE 4

/* UDP flows outlive a load balancer's own entry: their endpoint is looked at again this often, in jiffies. */
#define ENDPOINT_RECHECK 256

struct join_identity {
	__u32 token;
	__u32 length;
};

/*
 * The flow hash of the skb, which the kernel keeps across NAT. That of a
 * fragment tells hosts apart but not ports: over IPv4 its id stays when it is
 * reassembled and cut again, over IPv6 the source port has to help.
 */
static __always_inline __u32 udp_token(struct __sk_buff *skb, const struct packet *packet)
{
	if (packet->fragment == FRAGMENT_NONE)
		return skb_hash(skb);
	if (is_ipv4(&packet->source))
		return packet->fragment_id;
	return skb_hash(skb) ^ packet->source_port;
}

/* What NAT and forwarding leave as it is. The length of a fragment may change, that of its datagram does not. */
static __always_inline struct join_identity join_identity(struct __sk_buff *skb, const struct packet *packet)
{
	struct join_identity identity = {.token = packet->token};

	if (packet->fragment == FRAGMENT_NONE)
		identity.length = packet->length;
	if (packet->protocol != IPPROTO_UDP)
		return identity;
	if (packet->fragment != FRAGMENT_NONE)
		identity.length = packet->token;
	identity.token = udp_token(skb, packet);
	return identity;
}

static __always_inline struct join_slot *join_slot_of(__u32 token)
{
	/* Fibonacci hashing (Knuth, TAOCP 3, 6.4): 12 upper bits of the product. */
	__u32 index = (token * 2654435769u) >> 20;

	return bpf_map_lookup_elem(&join_slots, &index);
}

/* A handshake may go to another endpoint each time that it is tried. */
static __always_inline bool begins_handshake(const struct packet *packet)
{
	if (packet->protocol == IPPROTO_TCP)
		return packet->event & TCP_SYN;
	return packet->protocol == IPPROTO_SCTP && packet->event == SCTP_INIT;
}

static __always_inline bool endpoint_wanted(const struct flow *flow, const struct packet *packet, __u64 now)
{
	if ((flow->endpoint_version & PHASE_MASK) != PHASE_KNOWN || begins_handshake(packet))
		return true;
	return packet->protocol == IPPROTO_UDP && now - flow->checked > ENDPOINT_RECHECK;
}

/* At ingress: leave a note that egress on this CPU may find. */
static __always_inline void expect_packet(struct __sk_buff *skb, const struct packet *packet,
					  const struct flow_key *key, struct flow *flow, __u64 now)
{
	struct join_identity identity = join_identity(skb, packet);
	struct join_slot *slot = join_slot_of(identity.token);
	__u32 zero = 0;
	__u64 *gate = bpf_map_lookup_elem(&join_gate, &zero);

	if (!slot || !gate)
		return;
	slot->key = *key;
	slot->token = identity.token;
	slot->length = identity.length;
	slot->stored = now;
	*gate = now;
	flow->checked = now;
}

/* Makes the endpoint known, or another one. One writer at a time; readers look at the version. */
static __always_inline void write_endpoint(struct flow *flow, enum endpoint_kind kind,
					   const struct address *endpoint, __be16 port)
{
	__u32 version = *(volatile __u32 *)&flow->endpoint_version;
	__u32 writing = (version | PHASE_MASK) + 1 + PHASE_WRITING;

	if ((version & PHASE_MASK) == PHASE_WRITING)
		return;
	if (__sync_val_compare_and_swap(&flow->endpoint_version, version, writing) != version)
		return;
	flow->endpoint = *endpoint;
	flow->endpoint_kind = kind;
	flow->endpoint_port = port;
	__sync_lock_test_and_set(&flow->endpoint_version, writing - PHASE_WRITING + PHASE_KNOWN);
}

/* A reopened flow may go to another endpoint. */
static __always_inline void forget_endpoint(struct flow *flow)
{
	__u32 version = *(volatile __u32 *)&flow->endpoint_version;

	if ((version & PHASE_MASK) == PHASE_KNOWN)
		__sync_val_compare_and_swap(&flow->endpoint_version, version, (version | PHASE_MASK) + 1);
}

static __always_inline bool endpoint_is(const struct flow *flow, enum endpoint_kind kind,
					const struct address *endpoint, __be16 port)
{
	return (flow->endpoint_version & PHASE_MASK) == PHASE_KNOWN && flow->endpoint_kind == kind &&
	       flow->endpoint_port == port && same_address(&flow->endpoint, endpoint);
}

static __always_inline void learn_endpoint(const struct flow_key *key, enum endpoint_kind kind,
					   const struct address *endpoint, __be16 port)
{
	struct flow *flow = bpf_map_lookup_elem(&flows, key);
	struct pair_key pair;

	if (!flow || endpoint_is(flow, kind, endpoint, port))
		return;
	/* A note that found one Ethernet address stays, and may find another for a later packet. */
	if (kind >= ENDPOINT_MAC && flow->endpoint_kind == kind && known_pair(flow, key, &pair))
		book_pending(flow, &pair);
	write_endpoint(flow, kind, endpoint, port);
}

/* True when a note was left on this CPU a moment ago. */
static __always_inline bool packets_expected(__u64 now)
{
	__u32 zero = 0;
	__u64 *gate = bpf_map_lookup_elem(&join_gate, &zero);

	return gate && now - *gate <= JOIN_MAX_AGE;
}

static __always_inline struct join_slot *expected_slot(struct __sk_buff *skb, const struct packet *packet,
						       __u64 now)
{
	struct join_identity identity = join_identity(skb, packet);
	struct join_slot *slot = join_slot_of(identity.token);

	if (!slot || !slot->stored || now - slot->stored > JOIN_MAX_AGE)
		return NULL;
	/*
	 * Sent by this machine itself: no packet that ingress has seen. Which interface it came in by says
	 * nothing here: every bridge, bond or VLAN device on the way up puts its own number there.
	 */
	if (!skb->ingress_ifindex)
		return NULL;
	if (slot->token != identity.token || slot->length != identity.length ||
	    slot->key.protocol != packet->protocol)
		return NULL;
	return slot;
}

/*
 * At egress: is this a packet that ingress has just seen? Then its destination
 * is the endpoint: the address, or, where the load balancer left the VIP in
 * place (direct routing), the Ethernet address. `tunnel`: the outer
 * destination of an IP-in-IP packet, else NULL.
 */
static __always_inline bool find_expected(struct __sk_buff *skb, bool ethernet, const struct packet *packet,
					  const struct address *tunnel, __u64 now)
{
	struct join_slot *slot = expected_slot(skb, packet, now);
	enum endpoint_kind kind = ENDPOINT_ADDRESS;
	struct address endpoint;
	struct flow_key key;

	if (!slot)
		return false;
	key = slot->key;
	endpoint = tunnel ? *tunnel : packet->destination;
	if (!tunnel && same_address(&packet->destination, &key.vip)) {
		if (!ethernet)
			return true;
		__builtin_memset(&endpoint, 0, sizeof(endpoint));
		if (bpf_skb_load_bytes(skb, 0, &endpoint, ETH_ALEN))
			return true;
		kind = is_ipv4(&key.vip) ? ENDPOINT_MAC : ENDPOINT_MAC_IPV6;
	} else {
		/* Found for good. With the VIP still in it, it may be a mirrored copy, sent ahead of the packet. */
		slot->stored = 0;
	}
	learn_endpoint(&key, kind, &endpoint, packet->destination_port);
	return true;
}

/* IPVS in tunnel mode: the packet that ingress saw is inside. */
static __always_inline bool find_expected_inside(struct __sk_buff *skb, const struct packet *outer, __u64 now)
{
	__be16 ethertype = bpf_htons(outer->protocol == IPPROTO_IPIP ? ETH_P_IP : ETH_P_IPV6);
	struct packet inner;

	if (parse_network(skb, &inner, outer->payload_offset, ethertype) != PARSE_OK || !inner.has_ports)
		return false;
	return find_expected(skb, false, &inner, &outer->destination, now);
}

/* Returns 1 when it is. */
__noinline int look_for_expected(struct __sk_buff *skb, const struct packet *packet, bool ethernet, __u64 now)
{
	if (!packet)
		return 0;
	if (packet->has_ports && packet->fragment != FRAGMENT_LATER)
		return find_expected(skb, ethernet, packet, NULL, now);
	if (packet->protocol == IPPROTO_IPIP || packet->protocol == IPPROTO_IPV6)
		return find_expected_inside(skb, packet, now);
	return 0;
}

#endif

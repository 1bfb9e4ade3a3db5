/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* From a packet of a service to its flow: open it, advance its state, count. */
#ifndef LBSCOPE_TRACK_H
#define LBSCOPE_TRACK_H

#include "count.h"
#include "handshakes.h"
#include "join.h"
#include "maps.h"
#include "replay.h"
#include "room.h"
#include "state.h"
#include "unplaced.h"

static __always_inline bool has_port(__u8 protocol, __be16 port)
{
	__u32 number = bpf_ntohs(port), row = number / 64;
	struct service_ports *ports = bpf_map_lookup_elem(&service_ports, &row);
	__u64 word;

	if (!ports)
		return false;
	word = protocol == IPPROTO_TCP ? ports->tcp : protocol == IPPROTO_UDP ? ports->udp : ports->sctp;
	return word >> (number % 64) & 1;
}

static __always_inline __u32 *find_service(const struct address *vip, __be16 port, __u8 protocol)
{
	struct service_key key = {.vip = *vip, .port = port, .protocol = protocol};

	return bpf_map_lookup_elem(&services, &key);
}

static __always_inline struct flow_key client_flow(const struct packet *packet, enum direction direction)
{
	struct flow_key key = {.protocol = packet->protocol};

	if (direction == FROM_CLIENT) {
		key.client = packet->source;
		key.vip = packet->destination;
		key.client_port = packet->source_port;
		key.vip_port = packet->destination_port;
	} else {
		key.client = packet->destination;
		key.vip = packet->source;
		key.client_port = packet->destination_port;
		key.vip_port = packet->source_port;
	}
	return key;
}

/* False when the table is full, or the flow is there already. */
static __always_inline bool open_flow(const struct flow_key *key, __u32 sequence, __u32 slot, __u32 status,
				      __u64 now)
{
	struct flow fresh;

	__builtin_memset(&fresh, 0, sizeof(fresh));
	fresh.opened = now;
	fresh.seen = now;
	fresh.slot = slot;
	fresh.status = status;
	fresh.first_sequence = sequence;
	if (bpf_map_update_elem(&flows, key, &fresh, BPF_NOEXIST))
		return false;
	count_flow_row(1, status);
	return true;
}

/* Puts a flow into the table, if there is room. */
__noinline int place_flow(const struct flow_key *wanted, const struct packet *packet,
			  enum direction direction, __u32 slot, __u64 now)
{
	__u32 sequence, status;
	struct flow_key key;

	if (!wanted || !packet)
		return 0;
	/* Before Linux 6.2 no argument of a global function may be the key of a map. */
	key = *wanted;
	sequence = packet->sequence;
	status = unplaced_status(&key, packet, direction, slot, &sequence, now);
	if (!may_enter(packet, direction, status))
		return 0;
	if (open_flow(&key, sequence, slot, status, now) && status)
		bpf_map_delete_elem(&unplaced, &key);
	return 0;
}

/* What a transition means for the counters, and for a flow that begins anew in an old entry. */
static __always_inline void commit_transition(struct flow *flow, const struct flow_key *key, __u32 before,
					      __u32 after, __u32 sequence, __u64 now)
{
	struct pair_key pair;

	if (is_request(before, after)) {
		/* The client gave the handshake up and begins another one; who was silent shows the endpoint. */
		if (STATUS_STATE(before) == FLOW_OPENING) {
			__u32 given_up = with_error(before, ERROR_TIMEOUT, silent_side(flow, before));

			judge_endpoint(flow, key->protocol, before, given_up);
			if (STATUS_REASON(given_up))
				count_error(flow->slot, given_up);
			before = given_up;
		}
		if (before) {
			if (!known_pair(flow, key, &pair))
				unknown_pair(flow, key, &pair);
			book_pending(flow, &pair);
			forget_endpoint(flow);
		}
		flow->first_sequence = sequence;
		count_request(flow->slot);
	}
	if (is_error(before, after))
		count_error(flow->slot, after);
	judge_endpoint(flow, key->protocol, before, after);
}

/* Nearly every packet: one that changes nothing, of a flow at work. Spares the call of next_status(). */
static __always_inline bool is_steady(__u32 status, const struct packet *packet, enum direction direction)
{
	__u32 unsteady = FLOW_EXPIRED | FLOW_REMOVED | FLOW_SYN_AGAIN;

	if (STATUS_STATE(status) != FLOW_ACTIVE || STATUS_MARKS(status) & unsteady)
		return false;
	if (direction == FROM_ENDPOINT && !has_mark(status, FLOW_ANSWERED))
		return false;
	if (packet->protocol == IPPROTO_TCP)
		return (packet->event & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK)) == TCP_ACK;
	return packet->protocol == IPPROTO_UDP;
}

/* False when the walker is removing the flow: then nothing may be added to it any more. */
static __always_inline bool advance(struct flow *flow, const struct flow_key *key,
				    const struct packet *packet, enum direction direction, __u64 now)
{
	for (int i = 0; i < MAX_TRIES; i++) {
		__u32 before = *(volatile __u32 *)&flow->status;
		__u32 after;

		if (is_steady(before, packet, direction))
			break;
		if (has_mark(before, FLOW_REMOVED))
			return false;
		after = next_status(before, packet, direction, flow->first_sequence == packet->sequence);
		if (after == before)
			break;
		/* Before the walker can see the new state, for it would take the handshake for an old one. */
		if (is_request(before, after))
			flow->opened = now;
		if (change_status(flow, before, after)) {
			commit_transition(flow, key, before, after, packet->sequence, now);
			break;
		}
	}
	if (flow->seen != now)
		flow->seen = now;
	return true;
}

enum tracked {
	TRACKED_NOT = 0, /* no packet of a service */
	TRACKED = 1,
	TRACKED_UNKNOWN = 2, /* of a service, but its flow is not known and may not be opened */
};

/*
 * Returns an enum tracked. The flow is looked for before the service: it is
 * there for nearly every packet, and knows its slot.
 */
__noinline int track_packet(struct __sk_buff *skb, const struct packet *packet, enum direction direction,
			    bool may_open)
{
	__u64 now = packet_jiffies(skb);
	struct pair_key pair;
	struct traffic wire;
	struct flow_key key;
	struct flow *flow;
	__u32 *found, slot;
	bool wanted;

	if (!packet)
		return TRACKED_NOT;
	key = client_flow(packet, direction);
	flow = bpf_map_lookup_elem(&flows, &key);
	if (flow) {
		slot = flow->slot;
	} else {
		found = find_service(&key.vip, key.vip_port, key.protocol);
		if (!found)
			return TRACKED_NOT;
		if (!may_open)
			return TRACKED_UNKNOWN;
		slot = *found;
		place_flow(&key, packet, direction, slot, now);
		flow = bpf_map_lookup_elem(&flows, &key);
		if (!flow)
			track_unplaced(&key, packet, direction, slot, now);
	}
	wire = wire_traffic(skb, packet);
	if (!flow || !advance(flow, &key, packet, direction, now)) {
		if (!flow || !has_mark(flow->status, FLOW_LEG)) {
			count_total(slot, &wire);
			count_flow_overflow(slot, &wire);
		}
		return TRACKED;
	}
	if (has_mark(flow->status, FLOW_LEG))
		return TRACKED;
	wanted = direction == FROM_CLIENT && packet->fragment != FRAGMENT_LATER &&
		 endpoint_wanted(flow, packet, now);
	/* This packet may go elsewhere; what came before it stays with the former endpoint. */
	if (wanted && known_pair(flow, &key, &pair))
		book_pending(flow, &pair);
	count_packet(flow, &wire);
	if (wanted)
		expect_packet(skb, packet, &key, flow, now);
	return TRACKED;
}

/*
 * A load balancer that sends from the VIP (masquerade) may keep the client's
 * port. Where that is the port of the service, as with NTP or GTP-U, its
 * packets to the endpoint look like answers of the service, and the endpoint's
 * answers like a client.
 */
__noinline int open_leg(const struct packet *packet, __u64 now)
{
	struct flow_key key;

	if (!packet)
		return 0;
	key = client_flow(packet, FROM_ENDPOINT);
	open_flow(&key, packet->sequence, 0, with_mark(FLOW_ACTIVE, FLOW_LEG), now);
	return 0;
}

#endif

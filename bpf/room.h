/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Room in the flow table. A SYN flood must not fill it: connections that were
 * never established take part of it at most, and what has no room counts its
 * request all the same, once.
 */
#ifndef LBSCOPE_ROOM_H
#define LBSCOPE_ROOM_H

#include "count.h"
#include "maps.h"
#include "parse.h"
#include "status.h"

/* For so many jiffies after one was added, new flows are looked for among the unplaced: 33 s at least (1,000 Hz). */
#define UNPLACED_REMEMBERED 32768

/* Jiffies when a flow was last added to the unplaced. */
__u64 last_unplaced;

static __always_inline void add_embryos(__s64 difference)
{
	__u32 zero = 0;
	__u64 *sum = bpf_map_lookup_elem(&embryos, &zero);

	if (sum)
		__sync_fetch_and_add(sum, difference);
}

/* The one way to change the status of a flow. False when another CPU was first. */
static __always_inline bool change_status(struct flow *flow, __u32 before, __u32 after)
{
	__s64 difference = is_embryo(after) - is_embryo(before);

	if (__sync_val_compare_and_swap(&flow->status, before, after) != before)
		return false;
	if (difference)
		add_embryos(difference);
	return true;
}

/* A packet with which a client begins. UDP: any, for the flow is not known. */
static __always_inline bool begins_flow(const struct packet *packet, enum direction direction)
{
	if (direction != FROM_CLIENT || packet->fragment == FRAGMENT_LATER)
		return false;
	if (packet->protocol == IPPROTO_TCP)
		return (packet->event & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK)) == TCP_SYN;
	return packet->protocol == IPPROTO_UDP || packet->event == SCTP_INIT;
}

/* Whether connections that are not established take all the room that they may. */
static __always_inline bool is_crowded(void)
{
	__u32 zero = 0;
	__u64 *sum = bpf_map_lookup_elem(&embryos, &zero);

	/* Signed: one CPU may take off what another is about to add. */
	return sum && *(__s64 *)sum >= settings.embryo_limit;
}

/* Not the first packet of a connection: a flood of SYNs alone never gets there. */
static __always_inline bool goes_on(const struct packet *packet, enum direction direction)
{
	if (direction != FROM_CLIENT || packet->fragment == FRAGMENT_LATER)
		return false;
	if (packet->protocol == IPPROTO_TCP)
		return !(packet->event & (TCP_SYN | TCP_RST));
	return packet->event != SCTP_INIT;
}

/* `counted`: the flow is among the unplaced. UDP has no handshake that would tell. */
static __always_inline bool may_enter(const struct packet *packet, enum direction direction, bool counted)
{
	return packet->protocol == IPPROTO_UDP || (counted && goes_on(packet, direction)) || !is_crowded();
}

/* For UDP the sequence number is 0, so that a flow of it is counted once while it is remembered. */
__noinline int count_unplaced(const struct flow_key *refused, const struct packet *packet,
			      enum direction direction, __u32 slot, __u64 now)
{
	__u32 *known, sequence;
	struct flow_key key;

	if (!refused || !packet)
		return 0;
	/* As in place_flow(). */
	key = *refused;
	/* Its end: another connection may use the same ports. */
	if (packet->protocol == IPPROTO_TCP && packet->event & (TCP_FIN | TCP_RST))
		bpf_map_delete_elem(&unplaced, &key);
	if (!begins_flow(packet, direction))
		return 0;
	sequence = packet->sequence;
	known = bpf_map_lookup_elem(&unplaced, &key);
	if (known && *known == sequence)
		return 0;
	bpf_map_update_elem(&unplaced, &key, &sequence, BPF_ANY);
	if (last_unplaced != now)
		last_unplaced = now;
	count_request(slot);
	return 0;
}

/*
 * The status with which a flow begins that has been counted already; 0 for all
 * others, which is nearly every one.
 */
static __always_inline __u32 unplaced_status(const struct flow_key *key, const struct packet *packet,
					     enum direction direction, __u32 *sequence, __u64 now)
{
	__u32 *known;

	/* The notes may be from before these programs were loaded. */
	if (!last_unplaced)
		last_unplaced = now;
	if (now - last_unplaced > UNPLACED_REMEMBERED)
		return 0;
	known = bpf_map_lookup_elem(&unplaced, key);
	if (!known)
		return 0;
	/* The ports are used again. */
	if (begins_flow(packet, direction) && packet->sequence != *known) {
		bpf_map_delete_elem(&unplaced, key);
		return 0;
	}
	*sequence = *known;
	return reopened(0, key->protocol == IPPROTO_UDP ? FLOW_ACTIVE : FLOW_OPENING);
}

#endif

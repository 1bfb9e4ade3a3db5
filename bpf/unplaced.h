/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Connections that found no room in the flow table. Their requests and errors
 * count all the same, once: what is kept of each is its state.
 */
#ifndef LBSCOPE_UNPLACED_H
#define LBSCOPE_UNPLACED_H

#include "count.h"
#include "maps.h"
#include "room.h"
#include "state.h"

/* For so many jiffies after one was added, new flows are looked for among the unplaced: 33 s at least (1,000 Hz). */
#define UNPLACED_REMEMBERED 32768

/* False when one came so long after the other that it is of another conversation. */
static __always_inline bool is_soon_after(__u64 before, __u64 after)
{
	/* Signed: on another CPU, time may be a tick ahead. */
	return (__s64)(after - before) <= UNPLACED_REMEMBERED;
}

/* Where it went is not known. */
static __always_inline __u32 given_up(__u32 status)
{
	enum error_origin origin = has_mark(status, FLOW_ANSWERED) ? ORIGIN_CLIENT : ORIGIN_NETWORK;

	return with_state(with_error(status, ERROR_TIMEOUT, origin), FLOW_CLOSED);
}

/* The client begins another connection: if the handshake is not complete, it gave that up. */
static __always_inline void end_unplaced(__u32 slot, __u32 status)
{
	if (STATUS_STATE(status) == FLOW_OPENING)
		count_error(slot, given_up(status));
}

static __always_inline void commit_unplaced(__u32 slot, __u32 before, __u32 after)
{
	if (is_request(before, after)) {
		end_unplaced(slot, before);
		count_request(slot);
	}
	if (is_error(before, after))
		count_error(slot, after);
}

/* False when it is there already. */
static __always_inline bool add_unplaced(const struct flow_key *key, const struct note *note, __u64 now)
{
	struct flow_room *room = find_flow_room();

	if (!room || bpf_map_update_elem(&unplaced, key, note, BPF_NOEXIST))
		return false;
	/* All CPUs read it at each new flow. */
	if (room->last_unplaced != now)
		room->last_unplaced = now;
	return true;
}

static __always_inline void note_unplaced(const struct flow_key *key, const struct packet *packet, __u32 slot,
					  __u64 now)
{
	struct note fresh = {
		.opened = now,
		.seen = now,
		.status = next_status(0, packet, FROM_CLIENT, false),
		.first_sequence = packet->sequence,
	};

	if (add_unplaced(key, &fresh, now))
		commit_unplaced(slot, 0, fresh.status);
}

/* A packet of a service whose flow is not in the table. */
__noinline int track_unplaced(const struct flow_key *refused, const struct packet *packet,
			      enum direction direction, __u32 slot, __u64 now)
{
	struct flow_key key;
	struct note *note;

	if (!refused || !packet)
		return 0;
	/* As in place_flow(). */
	key = *refused;
	note = bpf_map_lookup_elem(&unplaced, &key);
	if (!note) {
		if (begins_flow(packet, direction))
			note_unplaced(&key, packet, slot, now);
		return 0;
	}
	for (int i = 0; i < MAX_TRIES; i++) {
		__u32 before = *(volatile __u32 *)&note->status;
		__u32 after =
			next_status(before, packet, direction, note->first_sequence == packet->sequence);

		if (after == before)
			break;
		if (__sync_val_compare_and_swap(&note->status, before, after) != before)
			continue;
		if (is_request(before, after)) {
			note->first_sequence = packet->sequence;
			note->opened = now;
		}
		commit_unplaced(slot, before, after);
		break;
	}
	note->seen = now;
	return 0;
}

/*
 * The status with which a flow begins that has been counted already; 0 for all
 * others, which is nearly every one.
 */
static __always_inline __u32 unplaced_status(const struct flow_key *key, const struct packet *packet,
					     enum direction direction, __u32 slot, __u32 *sequence, __u64 now)
{
	const struct flow_room *room = find_flow_room();
	struct note *known;
	__u32 before;

	if (!room || !room->last_unplaced || !is_soon_after(room->last_unplaced, now))
		return 0;
	known = bpf_map_lookup_elem(&unplaced, key);
	if (!known)
		return 0;
	/* The ports are used again. */
	if (begins_flow(packet, direction) && packet->sequence != known->first_sequence) {
		before = known->status;
		if (!bpf_map_delete_elem(&unplaced, key))
			end_unplaced(slot, before);
		return 0;
	}
	*sequence = known->first_sequence;
	return counted_elsewhere(known->status);
}

#endif

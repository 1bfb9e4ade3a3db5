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

static __always_inline struct flow_room *find_flow_room(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&flow_room, &zero);
}

/*
 * To be called for each row that is put into the flow table (1) or taken out
 * (-1), behind that: a walk that finds 0 misses no more than if it had come a
 * moment earlier.
 */
static __always_inline void count_flow_row(__s64 difference, __u32 status)
{
	struct flow_room *room = find_flow_room();

	if (!room)
		return;
	__sync_fetch_and_add(&room->rows, difference);
	if (is_embryo(status))
		__sync_fetch_and_add(&room->embryos, difference);
}

/* The one way to change the status of a flow. False when another CPU was first. */
static __always_inline bool change_status(struct flow *flow, __u32 before, __u32 after)
{
	__s64 difference = is_embryo(after) - is_embryo(before);
	struct flow_room *room;

	if (__sync_val_compare_and_swap(&flow->status, before, after) != before)
		return false;
	room = difference ? find_flow_room() : NULL;
	if (room)
		__sync_fetch_and_add(&room->embryos, difference);
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
	const struct flow_room *room = find_flow_room();

	return room && room->embryos >= settings.embryo_limit;
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

#endif

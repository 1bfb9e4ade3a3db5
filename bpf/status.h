/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Building a flow.status word. The state machines are pure functions from one
 * status to the next; what has to be counted is read off the difference.
 */
#ifndef LBSCOPE_STATUS_H
#define LBSCOPE_STATUS_H

#include <stdbool.h>
#include "flow.h"

enum direction {
	FROM_CLIENT = 0,
	FROM_ENDPOINT = 1,
};

static __always_inline __u32 with_state(__u32 status, enum flow_state state)
{
	return (status & ~0xffu) | state;
}

static __always_inline __u32 with_mark(__u32 status, enum flow_mark mark)
{
	return status | mark << 8;
}

static __always_inline __u32 without_mark(__u32 status, enum flow_mark mark)
{
	return status & ~(mark << 8);
}

static __always_inline bool has_mark(__u32 status, enum flow_mark mark)
{
	return STATUS_MARKS(status) & mark;
}

/* An error is counted once for each request, and only for a request. */
static __always_inline __u32 with_error(__u32 status, enum error_reason reason, enum error_origin origin)
{
	if (!has_mark(status, FLOW_COUNTED) || STATUS_REASON(status))
		return status;
	return status | reason << 16 | origin << 20;
}

/* A new flow in this entry: everything the last one left is gone, and it is a request. */
static __always_inline __u32 reopened(__u32 status, enum flow_state state)
{
	__u32 generation = (STATUS_GENERATION(status) + 1) & 0xff;

	return generation << 24 | FLOW_COUNTED << 8 | state;
}

/* The first generation: those who look after the flow now have counted it when they opened it. */
static __always_inline bool is_counted_here(__u32 status)
{
	return has_mark(status, FLOW_COUNTED) && STATUS_GENERATION(status) == 1;
}

/* It was counted before it came into this entry: without room, or in a former set of maps. */
static __always_inline __u32 counted_elsewhere(__u32 status)
{
	if (has_mark(status, FLOW_COUNTED) && STATUS_GENERATION(status) > 1)
		return status;
	return (status & 0xffffff) | 2u << 24 | FLOW_COUNTED << 8;
}

static __always_inline bool is_request(__u32 before, __u32 after)
{
	return STATUS_GENERATION(before) != STATUS_GENERATION(after);
}

static __always_inline bool is_error(__u32 before, __u32 after)
{
	return STATUS_REASON(after) && (is_request(before, after) || !STATUS_REASON(before));
}

static __always_inline enum error_origin sender(enum direction direction)
{
	return direction == FROM_CLIENT ? ORIGIN_CLIENT : ORIGIN_ENDPOINT;
}

/* A handshake that was given up may still complete: the verdict came from a timer or from the network. */
static __always_inline bool may_still_open(__u32 status)
{
	return STATUS_STATE(status) == FLOW_OPENING ||
	       (STATUS_STATE(status) == FLOW_CLOSED &&
		(STATUS_REASON(status) == ERROR_TIMEOUT || STATUS_REASON(status) == ERROR_UNREACHABLE));
}

/*
 * A row of the table that stands for no connection, or none yet: half-open,
 * given up and kept for what may still come, or begun by a single packet that
 * nobody has answered.
 */
static __always_inline bool is_embryo(__u32 status)
{
	__u32 reason = STATUS_REASON(status);

	switch (STATUS_STATE(status)) {
	case FLOW_NEW:
	case FLOW_OPENING:
		return true;
	case FLOW_ACTIVE:
		return !(STATUS_MARKS(status) & (FLOW_COUNTED | FLOW_ANSWERED | FLOW_LEG));
	case FLOW_CLOSED:
		return reason == ERROR_REFUSED || reason == ERROR_TIMEOUT || reason == ERROR_UNREACHABLE;
	default:
		return false;
	}
}

#endif

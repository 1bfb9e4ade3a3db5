/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* SCTP as seen from the middle: the first chunk decides (RFC 9260, 4). */
#ifndef LBSCOPE_SCTP_STATE_H
#define LBSCOPE_SCTP_STATE_H

#include "parse.h"
#include "status.h"

static __always_inline __u32 sctp_after_init(__u32 status, bool same_tag)
{
	switch (STATUS_STATE(status)) {
	case FLOW_NEW:
		return reopened(status, FLOW_OPENING);
	case FLOW_OPENING:
		return same_tag ? status : reopened(status, FLOW_OPENING);
	case FLOW_CLOSING:
	case FLOW_CLOSED:
		if (same_tag && has_mark(status, FLOW_COUNTED))
			return status;
		return reopened(status, FLOW_OPENING);
	default:
		/* A restart of the association (RFC 9260, 5.2.2) is the same flow. */
		return status;
	}
}

static __always_inline __u32 sctp_after_abort(__u32 status, enum direction direction)
{
	if (STATUS_STATE(status) != FLOW_CLOSED)
		status = with_error(status, ERROR_ABORT, sender(direction));
	return with_state(status, FLOW_CLOSED);
}

/* Status after a packet whose first chunk is `chunk`; `same_tag`: its initiate tag is that of the first INIT. */
static __always_inline __u32 sctp_next(__u32 status, enum direction direction, __u8 chunk, bool same_tag)
{
	switch (chunk) {
	case SCTP_INIT:
		return direction == FROM_CLIENT ? sctp_after_init(status, same_tag) : status;
	case SCTP_INIT_ACK:
		if (STATUS_STATE(status) == FLOW_NEW)
			status = with_state(status, FLOW_OPENING);
		return with_mark(status, FLOW_ANSWERED);
	case SCTP_COOKIE_ECHO:
		return STATUS_STATE(status) == FLOW_NEW ? with_state(status, FLOW_OPENING) : status;
	case SCTP_COOKIE_ACK:
		return may_still_open(status) || STATUS_STATE(status) == FLOW_NEW
			       ? with_state(status, FLOW_ACTIVE)
			       : status;
	case SCTP_ABORT:
		return sctp_after_abort(status, direction);
	case SCTP_SHUTDOWN:
	case SCTP_SHUTDOWN_ACK:
		return STATUS_STATE(status) == FLOW_CLOSED ? status : with_state(status, FLOW_CLOSING);
	case SCTP_SHUTDOWN_COMPLETE:
		return with_state(status, FLOW_CLOSED);
	default:
		/* With one direction only the client's first other chunk is the proof of a COOKIE ACK. */
		if (STATUS_STATE(status) == FLOW_NEW || (direction == FROM_CLIENT && may_still_open(status)))
			return with_state(status, FLOW_ACTIVE);
		return status;
	}
}

#endif

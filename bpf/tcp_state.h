/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * TCP as seen from the middle, also when only the client's direction passes
 * (direct server return): then the client's ACK after its SYN opens the flow,
 * and its FIN followed by silence closes it.
 */
#ifndef LBSCOPE_TCP_STATE_H
#define LBSCOPE_TCP_STATE_H

#include "parse.h"
#include "status.h"

/* A SYN opens a flow anew unless it is a retransmission of the one that opened it. */
static __always_inline __u32 tcp_after_syn(__u32 status, bool same_sequence)
{
	switch (STATUS_STATE(status)) {
	case FLOW_NEW:
		return reopened(status, FLOW_OPENING);
	case FLOW_ACTIVE:
		/* An endpoint that still knows the connection sends a challenge ACK (RFC 9293, 3.10.7.4). */
		return same_sequence ? status : with_mark(status, FLOW_SYN_AGAIN);
	case FLOW_OPENING:
		return same_sequence ? status : reopened(status, FLOW_OPENING);
	default:
		if (same_sequence && has_mark(status, FLOW_COUNTED))
			return status;
		return reopened(status, FLOW_OPENING);
	}
}

static __always_inline __u32 tcp_after_reset(__u32 status, enum direction direction)
{
	bool one_way = !has_mark(status, FLOW_ANSWERED) && has_mark(status, FLOW_FIN_CLIENT);

	switch (STATUS_STATE(status)) {
	case FLOW_OPENING:
		status = with_error(status, ERROR_REFUSED, sender(direction));
		break;
	case FLOW_ACTIVE:
	case FLOW_CLOSING:
		/* The endpoint's FIN went another way: this end is as graceful as can be seen. */
		if (!one_way)
			status = with_error(status, ERROR_RESET, sender(direction));
		break;
	}
	return with_state(status, FLOW_CLOSED);
}

static __always_inline __u32 tcp_after_fin(__u32 status, enum direction direction)
{
	if (STATUS_STATE(status) == FLOW_CLOSED)
		return status;
	status = with_mark(status, direction == FROM_CLIENT ? FLOW_FIN_CLIENT : FLOW_FIN_ENDPOINT);
	if (has_mark(status, FLOW_FIN_CLIENT) && has_mark(status, FLOW_FIN_ENDPOINT))
		return with_state(status, FLOW_CLOSED);
	return with_state(status, FLOW_CLOSING);
}

static __always_inline __u32 tcp_after_ack(__u32 status, enum direction direction)
{
	if (STATUS_STATE(status) == FLOW_NEW)
		status = with_state(status, FLOW_ACTIVE);
	if (STATUS_STATE(status) == FLOW_ACTIVE && direction == FROM_ENDPOINT)
		return without_mark(with_mark(status, FLOW_ANSWERED), FLOW_SYN_AGAIN);
	if (!may_still_open(status))
		return status;
	/* The endpoint's data proves the handshake only behind its SYN-ACK. */
	if (direction == FROM_CLIENT || has_mark(status, FLOW_ANSWERED))
		return with_state(status, FLOW_ACTIVE);
	return status;
}

/* A SYN-ACK that answers another SYN than the first: the endpoint has forgotten the connection and begins anew. */
static __always_inline __u32 tcp_after_syn_ack(__u32 status, bool same_sequence)
{
	if (STATUS_STATE(status) == FLOW_ACTIVE && has_mark(status, FLOW_SYN_AGAIN) && !same_sequence)
		return with_mark(reopened(status, FLOW_OPENING), FLOW_ANSWERED);
	if (STATUS_STATE(status) == FLOW_NEW)
		status = with_state(status, FLOW_OPENING);
	return may_still_open(status) ? with_mark(status, FLOW_ANSWERED) : status;
}

/* Status after a packet with `flags`; `same_sequence`: it belongs to the SYN that opened the flow. */
static __always_inline __u32 tcp_next(__u32 status, enum direction direction, __u8 flags, bool same_sequence)
{
	__u8 kind = flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK);

	if (kind == TCP_ACK)
		return tcp_after_ack(status, direction);
	if (kind == TCP_SYN)
		return direction == FROM_CLIENT ? tcp_after_syn(status, same_sequence) : status;
	if (kind == (TCP_SYN | TCP_ACK))
		return direction == FROM_ENDPOINT ? tcp_after_syn_ack(status, same_sequence) : status;
	if (kind == TCP_RST || kind == (TCP_RST | TCP_ACK))
		return tcp_after_reset(status, direction);
	if (kind == TCP_FIN || kind == (TCP_FIN | TCP_ACK))
		return tcp_after_fin(tcp_after_ack(status, direction), direction);
	/* No flag at all, or a combination that no stack sends: counted, believed in nothing. */
	return status;
}

#endif

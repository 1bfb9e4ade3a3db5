/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* From one status to the next, by what a packet says: for each protocol a state machine. */
#ifndef LBSCOPE_STATE_H
#define LBSCOPE_STATE_H

#include "parse.h"
#include "sctp_state.h"
#include "status.h"
#include "tcp_state.h"
#include "udp_state.h"

/* Tries of a compare-and-exchange; a failure means that another CPU has made a transition, of which there are few. */
#define MAX_TRIES 8

/* `same_sequence`: the packet belongs to the handshake that opened the flow. */
__noinline __u32 next_status(__u32 status, const struct packet *packet, enum direction direction,
			     bool same_sequence)
{
	bool expired = has_mark(status, FLOW_EXPIRED);

	status &= ~(FLOW_EXPIRED << 8);
	/* A later fragment says nothing about the state. */
	if (!packet || packet->fragment == FRAGMENT_LATER || has_mark(status, FLOW_LEG))
		return status;
	if (packet->protocol == IPPROTO_TCP)
		return tcp_next(status, direction, packet->event, same_sequence);
	if (packet->protocol == IPPROTO_UDP)
		return udp_next(status, direction, expired);
	return sctp_next(status, direction, packet->event, same_sequence);
}

#endif

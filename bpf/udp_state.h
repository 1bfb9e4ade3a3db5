/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* UDP has no handshake: the first packet from the client opens, silence ends. */
#ifndef LBSCOPE_UDP_STATE_H
#define LBSCOPE_UDP_STATE_H

#include "status.h"

/* `expired`: the walker has found the flow idle, which ends it: the client opens a new one. */
static __always_inline __u32 udp_next(__u32 status, enum direction direction, bool expired)
{
	if (direction == FROM_CLIENT) {
		bool fresh = STATUS_STATE(status) == FLOW_NEW || expired;

		return fresh ? reopened(status, FLOW_ACTIVE) : status;
	}
	return with_mark(with_state(status, FLOW_ACTIVE), FLOW_ANSWERED);
}

#endif

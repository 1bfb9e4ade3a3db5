/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * How handshakes with each endpoint end: a health check that sends nothing.
 * Only what is the endpoint's doing counts: not a client that goes away, and
 * not a handshake of which nobody saw where it went.
 */
#ifndef LBSCOPE_HANDSHAKES_H
#define LBSCOPE_HANDSHAKES_H

#include "count.h"
#include "maps.h"
#include "status.h"

/* UDP has none: what stands for it is the first answer, and for a refusal the ICMP message. */
static __always_inline bool completes_handshake(__u8 protocol, __u32 before, __u32 after)
{
	if (!has_mark(after, FLOW_COUNTED))
		return false;
	if (protocol == IPPROTO_UDP)
		return !has_mark(before, FLOW_ANSWERED) && has_mark(after, FLOW_ANSWERED);
	return STATUS_STATE(after) == FLOW_ACTIVE && STATUS_STATE(before) != FLOW_ACTIVE;
}

/* `after` is an error, of a flow that was in the state of `before`. */
static __always_inline bool fails_handshake(__u8 protocol, __u32 before, __u32 after)
{
	if (STATUS_ORIGIN(after) == ORIGIN_CLIENT)
		return false;
	return protocol == IPPROTO_UDP || STATUS_STATE(before) == FLOW_OPENING;
}

static __always_inline bool handshake_key_of(const struct flow *flow, __u8 protocol,
					     struct handshake_key *key)
{
	__u32 version = *(volatile const __u32 *)&flow->endpoint_version;

	if ((version & PHASE_MASK) != PHASE_KNOWN || !flow->endpoint_port)
		return false;
	key->endpoint = flow->endpoint;
	key->port = flow->endpoint_port;
	key->endpoint_kind = flow->endpoint_kind;
	key->protocol = protocol;
	asm volatile("" ::: "memory");
	return *(volatile const __u32 *)&flow->endpoint_version == version;
}

/* Written only when something changes: all CPUs share the row. `reason`: ERROR_NONE when it went well. */
static __always_inline void note_handshake(const struct handshake_key *key, enum error_reason reason)
{
	struct handshakes *row = bpf_map_lookup_elem(&handshakes, key), fresh = {};

	if (!row) {
		bpf_map_update_elem(&handshakes, key, &fresh, BPF_NOEXIST);
		row = bpf_map_lookup_elem(&handshakes, key);
	}
	if (!row)
		return;
	if (reason) {
		row->reason = reason;
		__sync_fetch_and_add(&row->failed, 1);
		return;
	}
	if (row->failed)
		row->failed = 0;
	if (!row->completed)
		row->completed = 1;
}

/* What a change of a flow's status says of its endpoint. */
__noinline int judge_endpoint(const struct flow *flow, __u8 protocol, __u32 before, __u32 after)
{
	enum error_reason reason = ERROR_NONE;
	struct handshake_key key = {};

	if (!flow)
		return 0;
	if (is_error(before, after) && fails_handshake(protocol, before, after))
		reason = STATUS_REASON(after);
	else if (!completes_handshake(protocol, before, after))
		return 0;
	if (handshake_key_of(flow, protocol, &key))
		note_handshake(&key, reason);
	return 0;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The walker: run by user space once per poll over all flows. It books what
 * each has counted to its pair (without an endpoint after a while: to the
 * unknown one), ends handshakes that take too long, removes idle flows, and
 * counts states, so that user space never reads the flow table. Before that it
 * gives back the rows of pairs that left at the poll before: see pair_rows.h.
 *
 * A flow is removed in two walks. The first marks it EXPIRED; by the second,
 * no CPU still holds a pointer that it fetched before the mark, and every later
 * packet has either taken the mark back or lost the race for REMOVED.
 */
#ifndef LBSCOPE_WALK_H
#define LBSCOPE_WALK_H

#include "count.h"
#include "maps.h"
#include "replay.h"
#include "status.h"
#include "track.h"

#define SECOND_NS 1000000000ull

/* Retransmitted SYNs are up to 64 s apart (tcp_syn_retries 6): a flow given up earlier must still know them.
 */
#define FAILED_LINGER_NS (75 * SECOND_NS)

/* Late packets of a closed connection. */
#define CLOSED_LINGER_NS (5 * SECOND_NS)

/* Longer than any packet takes from ingress to egress: a flow without endpoint by then has none that can be seen. */
#define ENDPOINT_WAIT_NS SECOND_NS

/* All limits in jiffies. */
struct walk_state {
	__u64 now;
	__u64 handshake;
	__u64 tcp_idle;
	__u64 tcp_closing;
	__u64 udp_idle;
	__u64 sctp_idle;
	__u64 failed_linger;
	__u64 closed_linger;
	__u64 endpoint_wait;
	struct walk counts;
};

/* Packets pass while the walk is on its way, so a flow may have been touched later than the walk began. */
static __always_inline __u64 age_of(__u64 moment, const struct walk_state *walk)
{
	return moment < walk->now ? walk->now - moment : 0;
}

static __always_inline void book_waiting(struct flow *flow, const struct flow_key *key,
					 const struct walk_state *walk)
{
	struct pair_key pair;

	if (!flow->pending_packets && !flow->pending_bytes)
		return;
	if (!known_pair(flow, key, &pair)) {
		if (age_of(flow->opened, walk) < walk->endpoint_wait)
			return;
		unknown_pair(flow, key, &pair);
	}
	book_pending(flow, &pair);
}

/* A TCP flow of which neither a SYN nor an answer was seen: a stray packet may look like it. */
static __always_inline bool is_hearsay(const struct flow_key *key, __u32 status)
{
	return key->protocol == IPPROTO_TCP && !has_mark(status, FLOW_COUNTED) &&
	       !has_mark(status, FLOW_ANSWERED);
}

static __always_inline __u64 protocol_idle(const struct flow_key *key, const struct walk_state *walk)
{
	if (key->protocol == IPPROTO_TCP)
		return walk->tcp_idle;
	return key->protocol == IPPROTO_UDP ? walk->udp_idle : walk->sctp_idle;
}

static __always_inline __u64 idle_limit(const struct flow_key *key, __u32 status,
					const struct walk_state *walk)
{
	/* A little longer than its flow, which is found at ingress a moment before. */
	if (has_mark(status, FLOW_LEG))
		return protocol_idle(key, walk) + walk->endpoint_wait;
	switch (STATUS_STATE(status)) {
	case FLOW_ACTIVE:
		return is_hearsay(key, status) ? walk->handshake : protocol_idle(key, walk);
	case FLOW_OPENING:
		return walk->handshake;
	case FLOW_CLOSING:
		return walk->tcp_closing;
	default:
		return may_still_open(status) ? walk->failed_linger : walk->closed_linger;
	}
}

/* The status that time alone gives the flow. */
static __always_inline __u32 aged_status(const struct flow *flow, const struct flow_key *key, __u32 status,
					 const struct walk_state *walk)
{
	bool idle = age_of(flow->seen, walk) > idle_limit(key, status, walk);

	if (STATUS_STATE(status) == FLOW_OPENING) {
		if (age_of(flow->opened, walk) <= walk->handshake)
			return status;
		status = with_error(status, ERROR_TIMEOUT, silent_side(flow, status));
		return with_state(status, FLOW_CLOSED);
	}
	if (!has_mark(status, FLOW_EXPIRED))
		return idle ? with_mark(status, FLOW_EXPIRED) : status;
	/* Marked by the walk before this one. */
	return idle ? with_mark(status, FLOW_REMOVED) : status & ~(FLOW_EXPIRED << 8);
}

static __always_inline void remove_flow(struct flow *flow, const struct flow_key *key, __u32 status)
{
	struct pair_key pair;

	if (!known_pair(flow, key, &pair))
		unknown_pair(flow, key, &pair);
	book_pending(flow, &pair);
	if (!bpf_map_delete_elem(&flows, key))
		count_flow_row(-1, status);
}

static __always_inline void count_state(const struct flow_key *key, __u32 status, struct walk *counts)
{
	if (has_mark(status, FLOW_LEG))
		counts->legs++;
	else if (STATUS_STATE(status) != FLOW_ACTIVE || has_mark(status, FLOW_EXPIRED) ||
		 is_hearsay(key, status))
		counts->inactive++;
	else if (key->protocol == IPPROTO_TCP)
		counts->active_tcp++;
	else if (key->protocol == IPPROTO_UDP)
		counts->active_udp++;
	else
		counts->active_sctp++;
}

static long walk_flow(void *map, struct flow_key *key, struct flow *flow, struct walk_state *walk)
{
	__u32 before = *(volatile __u32 *)&flow->status;
	__u32 after;

	book_waiting(flow, key, walk);
	after = has_mark(before, FLOW_REMOVED) ? before : aged_status(flow, key, before, walk);
	if (after != before && !change_status(flow, before, after))
		after = *(volatile __u32 *)&flow->status;
	else if (is_error(before, after)) {
		count_error(flow->slot, after);
		judge_endpoint(flow, key->protocol, before, after);
	}
	if (has_mark(after, FLOW_REMOVED)) {
		remove_flow(flow, key, after);
		return 0;
	}
	count_state(key, after, &walk->counts);
	return 0;
}

/* Handshakes that found no room and that nobody completes. */
static long walk_note(void *map, const struct flow_key *key, struct note *note, struct walk_state *walk)
{
	__u32 before = *(volatile __u32 *)&note->status;
	__u32 *slot;

	walk->counts.unplaced++;
	if (STATUS_STATE(before) != FLOW_OPENING || age_of(note->opened, walk) <= walk->handshake)
		return 0;
	if (__sync_val_compare_and_swap(&note->status, before, given_up(before)) != before)
		return 0;
	slot = find_service(&key->vip, key->vip_port, key->protocol);
	if (slot)
		count_error(*slot, given_up(before));
	return 0;
}

static long count_row(void *map, void *key, void *value, __u64 *rows)
{
	*rows += 1;
	return 0;
}

/*
 * The length of a jiffy depends on CONFIG_HZ, which no helper tells. Both
 * clocks are read at every walk; between the first walk and this one, their
 * ratio is the length of a tick. Until then nothing expires.
 */
struct first_walk {
	__u64 jiffies;
	__u64 ns;
} first_walk;

static __always_inline bool set_limits(struct walk_state *walk)
{
	__u64 now_ns = walk_ns();
	__u64 ticks, tick_ns;

	walk->now = walk_jiffies();
	if (!first_walk.ns) {
		first_walk.jiffies = walk->now;
		first_walk.ns = now_ns;
	}
	ticks = walk->now - first_walk.jiffies;
	if (ticks < 8)
		return false;
	/* A tick is 1 to 10 ms long: what the division drops is below a millionth. */
	tick_ns = (now_ns - first_walk.ns) / ticks;
	if (!tick_ns)
		return false;
	walk->handshake = settings.handshake_timeout / tick_ns;
	walk->tcp_idle = settings.tcp_idle / tick_ns;
	walk->tcp_closing = settings.tcp_closing / tick_ns;
	walk->udp_idle = settings.udp_idle / tick_ns;
	walk->sctp_idle = settings.sctp_idle / tick_ns;
	walk->failed_linger = FAILED_LINGER_NS / tick_ns;
	walk->closed_linger = CLOSED_LINGER_NS / tick_ns;
	walk->endpoint_wait = ENDPOINT_WAIT_NS / tick_ns;
	return true;
}

static __always_inline void set_no_limits(struct walk_state *walk)
{
	/* Half of what fits, for limits are added to. */
	__u64 never = ~0ull >> 1;

	walk->handshake = never;
	walk->tcp_idle = never;
	walk->tcp_closing = never;
	walk->udp_idle = never;
	walk->sctp_idle = never;
	walk->failed_linger = never;
	walk->closed_linger = never;
	walk->endpoint_wait = never;
}

#endif

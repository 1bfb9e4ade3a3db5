/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Where a counted packet is booked. For every service slot and at any moment
 * between packets:
 *   totals = pairs + retired pairs (ledger) + others + pending in flows
 *          + overflow.flows + overflow.others
 */
#ifndef LBSCOPE_COUNT_H
#define LBSCOPE_COUNT_H

#include "maps.h"
#include "pair_rows.h"
#include "parse.h"
#include "status.h"

/* The gso_size of SCTP (linux/skbuff.h): cut between chunks, not by size. */
#define GSO_BY_FRAGS 0xffff

/*
 * What the skb is on the wire. A GRO or GSO super-packet stands for segments
 * that each repeat its headers. gso_segs is 0 on packets from virtio-net and
 * tap, hence the division.
 */
static __always_inline struct traffic wire_traffic(const struct __sk_buff *skb, const struct packet *packet)
{
	struct traffic wire = {.packets = 1, .bytes = packet->length - packet->jumbo_length};
	__u32 payload = packet->length - packet->header_length;
	__u32 header = packet->header_length - packet->jumbo_length;

	if (!skb->gso_size || packet->header_length > packet->length ||
	    (payload <= skb->gso_size && skb->gso_size != GSO_BY_FRAGS))
		return wire;
	wire.packets = skb->gso_segs ? skb->gso_segs : (payload + skb->gso_size - 1) / skb->gso_size;
	wire.bytes += (wire.packets - 1) * header;
	return wire;
}

static __always_inline void add_traffic(struct traffic *sum, const struct traffic *more)
{
	__sync_fetch_and_add(&sum->packets, more->packets);
	__sync_fetch_and_add(&sum->bytes, more->bytes);
}

/* Totals are added to in softirq only, so the CPU's own copy needs no atomic. */
static __always_inline void count_total(__u32 slot, const struct traffic *wire)
{
	struct service_totals *sum = bpf_map_lookup_elem(&totals, &slot);

	if (!sum)
		return;
	sum->traffic.packets += wire->packets;
	/* Keeps LLVM from merging the two into arithmetic that the verifier refuses without CAP_PERFMON. */
	asm volatile("" : "+r"(sum));
	sum->traffic.bytes += wire->bytes;
}

static __always_inline void count_request(__u32 slot)
{
	struct service_totals *sum = bpf_map_lookup_elem(&totals, &slot);

	if (sum)
		sum->requests++;
}

/*
 * For one that was counted twice. Atomic as in count_flow_overflow(). The row of this CPU may go below 0, for another
 * CPU may have counted it; the sum of all does not.
 */
static __always_inline void take_back_request(__u32 slot)
{
	struct service_totals *sum = bpf_map_lookup_elem(&totals, &slot);

	if (sum)
		__sync_fetch_and_add(&sum->requests, -1);
}

static __always_inline void count_error(__u32 slot, __u32 status)
{
	struct service_errors *sum = bpf_map_lookup_elem(&errors, &slot);
	__u32 index = STATUS_REASON(status) * ERROR_ORIGINS + STATUS_ORIGIN(status);

	if (sum && index < ERROR_REASONS * ERROR_ORIGINS)
		__sync_fetch_and_add(&sum->count[index], 1);
}

static __always_inline void count_ignored(enum ignored_reason reason)
{
	__u32 index = reason;
	__u64 *sum = bpf_map_lookup_elem(&ignored, &index);

	if (sum)
		*sum += 1;
}

/* Atomic although per CPU: the walker adds from process context, where a softirq may come between. */
static __always_inline void count_flow_overflow(__u32 slot, const struct traffic *wire)
{
	struct service_overflow *sum = bpf_map_lookup_elem(&overflow, &slot);

	if (sum)
		add_traffic(&sum->flows, wire);
}

/* What found no room in pairs: under its endpoint, without a client. */
__noinline int count_other(const struct pair_key *pair, const struct traffic *wire)
{
	struct service_overflow *lost;
	struct pair_key key = {};
	struct traffic fresh, *sum;

	if (!pair || !wire)
		return 0;
	key.endpoint = pair->endpoint;
	key.slot = pair->slot;
	key.endpoint_kind = pair->endpoint_kind;
	fresh = *wire;
	sum = bpf_map_lookup_elem(&others, &key);
	if (!sum) {
		if (!bpf_map_update_elem(&others, &key, &fresh, BPF_NOEXIST))
			return 0;
		sum = bpf_map_lookup_elem(&others, &key);
	}
	if (sum) {
		add_traffic(sum, wire);
		return 0;
	}
	lost = bpf_map_lookup_elem(&overflow, &key.slot);
	if (lost)
		add_traffic(&lost->others, wire);
	return 0;
}

static __always_inline void count_no_room(const struct pair_key *key, const struct traffic *wire)
{
	__u32 slot = key->slot;
	struct service_overflow *sum = bpf_map_lookup_elem(&overflow, &slot);

	if (sum)
		add_traffic(&sum->pairs, wire);
	count_other(key, wire);
}

__noinline int count_pair(const struct pair_key *pair, const struct traffic *wire)
{
	struct pair_key key;
	struct counted_pair *sum;

	if (!pair || !wire)
		return 0;
	/* Before Linux 6.2 no argument of a global function may be the key of a map. */
	key = *pair;
	sum = find_pair(&key);
	if (!sum) {
		if (make_pair(&key, wire))
			return 0;
		/* Another CPU was first, or there is no room. */
		sum = find_pair(&key);
	}
	if (!sum)
		count_no_room(&key, wire);
	else if (sum->leaving)
		count_other(&key, wire);
	else
		add_traffic(&sum->traffic, wire);
	return 0;
}

/* Clients of one prefix share their pairs, when user space wants it so. */
static __always_inline void set_client(struct pair_key *pair, const struct address *client)
{
	bool ipv4 = is_ipv4(client);
	const volatile struct address *mask = ipv4 ? &settings.client_mask_ipv4 : &settings.client_mask_ipv6;

#pragma unroll
	for (int i = 0; i < 4; i++)
		pair->client.word[i] = client->word[i] & mask->word[i];
	pair->client_prefix = ipv4 ? settings.client_prefix_ipv4 : settings.client_prefix_ipv6;
}

/* The pair of a flow whose endpoint is known and is not being written. */
static __always_inline bool known_pair(const struct flow *flow, const struct flow_key *key,
				       struct pair_key *pair)
{
	__u32 version = *(volatile const __u32 *)&flow->endpoint_version;

	if ((version & PHASE_MASK) != PHASE_KNOWN)
		return false;
	__builtin_memset(pair, 0, sizeof(*pair));
	set_client(pair, &key->client);
	pair->endpoint = flow->endpoint;
	pair->slot = flow->slot;
	pair->endpoint_kind = flow->endpoint_kind;
	asm volatile("" ::: "memory");
	return *(volatile const __u32 *)&flow->endpoint_version == version;
}

/* Whose silence made the handshake fail. */
static __always_inline enum error_origin silent_side(const struct flow *flow, __u32 status)
{
	if (has_mark(status, FLOW_ANSWERED))
		return ORIGIN_CLIENT;
	return (flow->endpoint_version & PHASE_MASK) == PHASE_KNOWN ? ORIGIN_ENDPOINT : ORIGIN_NETWORK;
}

static __always_inline void unknown_pair(const struct flow *flow, const struct flow_key *key,
					 struct pair_key *pair)
{
	__builtin_memset(pair, 0, sizeof(*pair));
	set_client(pair, &key->client);
	pair->slot = flow->slot;
}

static __always_inline void count_packet(struct flow *flow, const struct traffic *wire)
{
	count_total(flow->slot, wire);
	__sync_fetch_and_add(&flow->pending_packets, wire->packets);
	__sync_fetch_and_add(&flow->pending_bytes, wire->bytes);
}

/* Moves what waited in the flow to `pair`; the exchange makes sure that it moves once. */
static __always_inline void book_pending(struct flow *flow, const struct pair_key *pair)
{
	struct traffic waited = {
		.packets = __sync_lock_test_and_set(&flow->pending_packets, 0),
		.bytes = __sync_lock_test_and_set(&flow->pending_bytes, 0),
	};

	if (waited.packets || waited.bytes)
		count_pair(pair, &waited);
}

#endif

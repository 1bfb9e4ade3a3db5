/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * From one set of maps to another, when limits or layouts have changed. User
 * space reads the old set, which nobody writes to any more, in numbered steps;
 * a step that was done before the exporter died is not done again.
 */
#ifndef LBSCOPE_CARRY_H
#define LBSCOPE_CARRY_H

#include "count.h"
#include "firewall_maps.h"
#include "inbox.h"
#include "track.h"
#include "maps.h"
#include "retire.h"
#include "room.h"

/* Adding is done in the same run as the note that it is done. */
static __always_inline bool is_next_step(const struct inbox_work *work)
{
	__u32 zero = 0;
	__u64 *last = bpf_map_lookup_elem(&carried, &zero);

	if (!last || work->argument <= *last)
		return false;
	*last = work->argument;
	return true;
}

/* The former set has counted the connection, and perhaps these programs, too, which did not know it yet. */
static __always_inline void merge_request(struct flow *known, __u32 first_sequence)
{
	for (int i = 0; i < MAX_TRIES; i++) {
		__u32 before = *(volatile __u32 *)&known->status;
		bool twice = is_counted_here(before);

		if (has_mark(before, FLOW_LEG) || counted_elsewhere(before) == before ||
		    (twice && known->first_sequence != first_sequence))
			return;
		if (!change_status(known, before, counted_elsewhere(before)))
			continue;
		known->first_sequence = first_sequence;
		if (twice)
			take_back_request(known->slot);
		return;
	}
}

/* Counted, and not at its end. */
static __always_inline bool is_under_way(const struct flow *copy)
{
	return has_mark(copy->status, FLOW_COUNTED) && !has_mark(copy->status, FLOW_EXPIRED) &&
	       STATUS_STATE(copy->status) != FLOW_CLOSED;
}

/* Copied before and gone on in the former set, or met by these programs before it was copied. */
static __always_inline void merge_flow(struct flow *known, const struct flow *copy)
{
	if (is_under_way(copy) && is_soon_after(copy->seen, known->opened))
		merge_request(known, copy->first_sequence);
	if (known->seen < copy->seen && change_status(known, known->status, copy->status))
		known->seen = copy->seen;
	if ((known->endpoint_version & PHASE_MASK) == PHASE_UNKNOWN &&
	    (copy->endpoint_version & PHASE_MASK) == PHASE_KNOWN)
		write_endpoint(known, copy->endpoint_kind, &copy->endpoint, copy->endpoint_port);
}

/* The same of a connection that has no room in the flow table of these programs. */
static __always_inline void merge_note(const struct flow_key *key, const struct note *carried)
{
	struct note *known = bpf_map_lookup_elem(&unplaced, key);
	__u32 *slot, status;

	if (!known) {
		add_unplaced(key, carried, bpf_jiffies64());
		return;
	}
	status = *(volatile __u32 *)&known->status;
	slot = find_service(&key->vip, key->vip_port, key->protocol);
	if (slot && is_counted_here(status) && known->first_sequence == carried->first_sequence &&
	    is_soon_after(carried->seen, known->opened) &&
	    __sync_val_compare_and_swap(&known->status, status, counted_elsewhere(status)) == status)
		take_back_request(*slot);
	status = *(volatile __u32 *)&known->status;
	if (known->seen < carried->seen &&
	    __sync_val_compare_and_swap(&known->status, status, carried->status) == status)
		known->seen = carried->seen;
}

/* A flow that finds no room: its next packet must not count it again. */
static __always_inline void keep_as_note(const struct flow_key *key, const struct flow *copy)
{
	struct note carried = {
		.opened = copy->opened,
		.seen = copy->seen,
		.status = copy->status,
		.first_sequence = copy->first_sequence,
	};

	if (is_under_way(copy))
		merge_note(key, &carried);
}

/*
 * Needs no step: a flow that is there already is brought up to date at most.
 * What it had counted is carried as pairs.
 */
static long carry_flow(void *inbox, const __u32 *index, struct flow_row *row, struct inbox_run *run)
{
	struct flow *known, copy;

	if (*index >= run->rows)
		return 1;
	copy = row->flow;
	copy.pending_packets = 0;
	copy.pending_bytes = 0;
	if (has_mark(copy.status, FLOW_COUNTED))
		copy.status = counted_elsewhere(copy.status);
	/* Nobody will finish what was being written. */
	if ((copy.endpoint_version & PHASE_MASK) == PHASE_WRITING)
		copy.endpoint_version &= ~PHASE_MASK;
	if (!bpf_map_update_elem(&flows, &row->key, &copy, BPF_NOEXIST)) {
		count_flow_row(1, copy.status);
		run->done++;
		return 0;
	}
	known = bpf_map_lookup_elem(&flows, &row->key);
	if (known)
		merge_flow(known, &copy);
	else
		keep_as_note(&row->key, &copy);
	return 0;
}

/* Needs no step either. */
static long carry_note(void *inbox, const __u32 *index, struct note_row *row, struct inbox_run *run)
{
	struct note carried = row->note;
	struct flow *flow;

	if (*index >= run->rows)
		return 1;
	carried.status = counted_elsewhere(carried.status);
	flow = bpf_map_lookup_elem(&flows, &row->key);
	if (flow) {
		if (is_soon_after(carried.seen, flow->opened))
			merge_request(flow, carried.first_sequence);
		return 0;
	}
	merge_note(&row->key, &carried);
	return 0;
}

/* A pair of the former set: its count is no traffic of now, so without room it is retired. */
static __always_inline void carry_series(struct pair_row *row)
{
	struct counted_pair *known = find_pair(&row->key);

	if (known)
		add_traffic(&known->traffic, &row->traffic);
	else if (!make_pair(&row->key, &row->traffic) && !add_to_ledger(&row->key, &row->traffic))
		count_other(&row->key, &row->traffic);
}

static long carry_pair(void *inbox, const __u32 *index, struct pair_row *row, struct inbox_run *run)
{
	if (*index >= run->rows)
		return 1;
	if (row->was_series)
		carry_series(row);
	else if (row->key.client_prefix)
		count_pair(&row->key, &row->traffic);
	else
		count_other(&row->key, &row->traffic);
	run->done++;
	return 0;
}

/* User space hands over the retired rows first, so that there is one for what finds no room. */
static long carry_ledger_row(void *inbox, const __u32 *index, struct ledger_row *row, struct inbox_run *run)
{
	struct ledger_key retired = {.slot = row->key.slot};
	struct traffic *sum;

	if (*index >= run->rows)
		return 1;
	sum = ledger_row(&row->key);
	if (!sum) {
		retired.level = row->key.level == LEDGER_KEPT_CLIENT ? LEDGER_RETIRED_CLIENT
								     : LEDGER_RETIRED_ENDPOINT;
		sum = ledger_row(&retired);
	}
	if (!sum)
		return 0;
	add_traffic(sum, &row->traffic);
	run->done++;
	return 0;
}

static __always_inline void add_cell(__u64 *row, __u32 words, const struct cell_row *cell)
{
	__u32 word = cell->word;

	if (row && word < words)
		__sync_fetch_and_add(row + word, cell->value);
}

/* Of per-CPU tables, to the own CPU's row: the data path adds to it in softirq, which does not come between an atomic add. */
static long carry_cell(void *inbox, const __u32 *index, struct cell_row *cell, struct inbox_run *run)
{
	__u32 row = cell->row;

	if (*index >= run->rows)
		return 1;
	switch (cell->table) {
	case CELLS_TOTALS:
		add_cell(bpf_map_lookup_elem(&totals, &row), sizeof(struct service_totals) / 8, cell);
		break;
	case CELLS_OVERFLOW:
		add_cell(bpf_map_lookup_elem(&overflow, &row), sizeof(struct service_overflow) / 8, cell);
		break;
	case CELLS_ERRORS:
		add_cell(bpf_map_lookup_elem(&errors, &row), sizeof(struct service_errors) / 8, cell);
		break;
	case CELLS_IGNORED:
		add_cell(bpf_map_lookup_elem(&ignored, &row), 1, cell);
		break;
	case CELLS_EVICTIONS:
		add_cell(bpf_map_lookup_elem(&evictions, &row), 1, cell);
		break;
	case CELLS_FIREWALL:
		add_cell(bpf_map_lookup_elem(&firewall_matches, &row), sizeof(struct traffic) / 8, cell);
		break;
	}
	run->done++;
	return 0;
}

#endif

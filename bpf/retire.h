/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * How pairs leave, without losing a count. User space marks their rows at one
 * poll: from then on the data path adds to `others`. At the next poll no CPU
 * holds a pointer that it fetched before the mark, so the count is final: it
 * moves to the ledger and the key is deleted. A run of a program is never cut short
 * by the death of who called it, so a row is in one place or in the other.
 */
#ifndef LBSCOPE_RETIRE_H
#define LBSCOPE_RETIRE_H

#include <linux/errno.h>
#include "count.h"
#include "inbox.h"
#include "maps.h"

/* What a program does with the rows of an inbox. */
struct inbox_run {
	__u32 rows;
	__u32 done;
	__u32 reason;
};

static __always_inline int run_inbox(void *inbox, void *visit, struct inbox_work *work)
{
	struct inbox_run run = {.rows = work->rows, .reason = work->argument};

	bpf_for_each_map_elem(inbox, visit, &run, 0);
	work->done = run.done;
	return 0;
}

/* The row, made when there is none. NULL when there is no room. */
static __always_inline struct traffic *ledger_row(const struct ledger_key *key)
{
	struct traffic *row = bpf_map_lookup_elem(&ledger, key);
	struct traffic nothing = {};

	if (row)
		return row;
	bpf_map_update_elem(&ledger, key, &nothing, BPF_NOEXIST);
	return bpf_map_lookup_elem(&ledger, key);
}

static long mark_pair(void *inbox, const __u32 *index, const __u32 *row, struct inbox_run *run)
{
	struct counted_pair *pair;

	if (*index >= run->rows)
		return 1;
	pair = pair_at(*row);
	if (!pair || !holds_pair(pair))
		return 0;
	if (!pair->leaving)
		pair->leaving = run->reason;
	run->done++;
	return 0;
}

static __always_inline void count_eviction(__u32 reason)
{
	__u64 *sum = bpf_map_lookup_elem(&evictions, &reason);

	if (sum)
		__sync_fetch_and_add(sum, 1);
}

/* False when there is no room: then nothing has been added. */
static __always_inline bool add_to_ledger(const struct pair_key *pair, const struct traffic *count)
{
	struct ledger_key key = {.level = LEDGER_RETIRED_PAIR, .slot = pair->slot};
	struct traffic *retired, *client, *endpoint;

	retired = ledger_row(&key);
	key.level = LEDGER_KEPT_CLIENT;
	key.address = pair->client;
	key.client_prefix = pair->client_prefix;
	client = ledger_row(&key);
	key.level = LEDGER_KEPT_ENDPOINT;
	key.address = pair->endpoint;
	key.client_prefix = 0;
	key.endpoint_kind = pair->endpoint_kind;
	endpoint = ledger_row(&key);
	if (!retired || !client || !endpoint)
		return false;
	add_traffic(retired, count);
	add_traffic(client, count);
	add_traffic(endpoint, count);
	return true;
}

static long retire_pair(void *inbox, const __u32 *index, const __u32 *row, struct inbox_run *run)
{
	struct counted_pair *pair;
	long failure;

	if (*index >= run->rows)
		return 1;
	pair = pair_at(*row);
	if (!pair || !holds_pair(pair) || !pair->leaving)
		return 0;
	/* Without room it stays, and is tried again. */
	if (!add_to_ledger(&pair->key, &pair->traffic))
		return 0;
	/* The kernel may refuse when it is interrupted at the wrong moment: then the rest goes when it is tried again. */
	failure = bpf_map_delete_elem(&pairs, &pair->key);
	if (failure && failure != -ENOENT) {
		clear_traffic(pair);
		return 0;
	}
	count_eviction(pair->leaving);
	leave_row(*row, pair);
	run->done++;
	return 0;
}

/* A client or endpoint leaves the page: what was kept of it is retired. */
static long retire_kept_row(void *inbox, const __u32 *index, struct ledger_row *row, struct inbox_run *run)
{
	struct ledger_key key = {.slot = row->key.slot};
	struct traffic *kept, *retired;

	if (*index >= run->rows)
		return 1;
	if (row->key.level != LEDGER_KEPT_CLIENT && row->key.level != LEDGER_KEPT_ENDPOINT)
		return 0;
	kept = bpf_map_lookup_elem(&ledger, &row->key);
	if (!kept)
		return 0;
	key.level = row->key.level == LEDGER_KEPT_CLIENT ? LEDGER_RETIRED_CLIENT : LEDGER_RETIRED_ENDPOINT;
	retired = ledger_row(&key);
	if (!retired)
		return 0;
	add_traffic(retired, kept);
	bpf_map_delete_elem(&ledger, &row->key);
	run->done++;
	return 0;
}

#endif

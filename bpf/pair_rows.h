/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Which row of pair_rows a pair has. Rows without one are on a stack (pair_room:
 * `free`), were never given (`used`), or have just been left.
 *
 * Any CPU may make pairs at any time: the stack is Treiber's, with a tag beside
 * its head that changes each time, so that a row that was taken and put back in
 * between is no mistake. Pairs go in programs that one exporter runs, never two
 * at once.
 *
 * A row is given again by the walk after the poll that deleted its key. By then
 * no CPU holds the number of the row, or a pointer to it, that it looked up
 * before. Until then, and as long as it is on the stack, its `leaving` is not 0:
 * who comes late adds to `others`, as to any pair that leaves.
 */
#ifndef LBSCOPE_PAIR_ROWS_H
#define LBSCOPE_PAIR_ROWS_H

#include <stdbool.h>
#include "maps.h"

/* Tries of a compare-and-exchange: each failure is a pair that another CPU made in the same nanoseconds. */
#define ROOM_TRIES 16

static __always_inline void clear_traffic(struct counted_pair *pair)
{
	pair->traffic.packets = 0;
	pair->traffic.bytes = 0;
}

static __always_inline struct pair_room *find_room(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&pair_room, &zero);
}

static __always_inline struct counted_pair *pair_at(__u32 row)
{
	return bpf_map_lookup_elem(&pair_rows, &row);
}

static __always_inline bool holds_pair(const struct counted_pair *pair)
{
	return *(volatile const __u32 *)&pair->version & 1;
}

/* An exchange, for it is a full barrier: who reads the version finds what was written before. */
static __always_inline void raise_version(struct counted_pair *pair)
{
	__sync_lock_test_and_set(&pair->version, pair->version + 1);
}

static __always_inline bool same_key(const struct pair_key *one, const struct pair_key *other)
{
	const __u32 *words = (const __u32 *)one, *others_words = (const __u32 *)other;
	__u32 difference = 0;

#pragma unroll
	for (int i = 0; i < sizeof(*one) / 4; i++)
		difference |= words[i] ^ others_words[i];
	return !difference;
}

/*
 * The memory of a key that is deleted is used for another at once, and may have
 * been between the look-up and the reading of the row number. The row itself
 * has not: hence the comparison.
 */
static __always_inline struct counted_pair *find_pair(const struct pair_key *key)
{
	__u32 *row = bpf_map_lookup_elem(&pairs, key);
	struct counted_pair *pair = row ? pair_at(*row) : NULL;

	return pair && same_key(&pair->key, key) ? pair : NULL;
}

static __always_inline __u64 next_head(__u64 head, __u32 first)
{
	return ((head >> 32) + 1) << 32 | first;
}

/* Puts rows on the stack that are chained already, from `first` to `last`. */
static __always_inline bool give_rows(struct pair_room *room, __u32 first, struct counted_pair *last)
{
	for (int i = 0; i < ROOM_TRIES; i++) {
		__u64 head = *(volatile __u64 *)&room->free;

		*(volatile __u32 *)&last->leaving = PAIR_FREE | (__u32)head;
		if (__sync_val_compare_and_swap(&room->free, head, next_head(head, first)) == head)
			return true;
	}
	return false;
}

static __always_inline bool take_free_row(struct pair_room *room, __u32 *row)
{
	for (int i = 0; i < ROOM_TRIES; i++) {
		__u64 head = *(volatile __u64 *)&room->free;
		struct counted_pair *pair;
		__u32 next;

		/* With none, this is beyond all rows. */
		*row = (__u32)head - 1;
		pair = pair_at(*row);
		if (!pair)
			return false;
		next = *(volatile __u32 *)&pair->leaving & ~PAIR_FREE;
		if (__sync_val_compare_and_swap(&room->free, head, next_head(head, next)) == head)
			return true;
	}
	return false;
}

static __always_inline bool take_unused_row(struct pair_room *room, __u32 *row)
{
	for (int i = 0; i < ROOM_TRIES; i++) {
		__u64 used = *(volatile __u64 *)&room->used;

		*row = used;
		if (!pair_at(*row))
			return false;
		if (__sync_val_compare_and_swap(&room->used, used, used + 1) == used)
			return true;
	}
	return false;
}

/* False when the pair was made by another CPU meanwhile, or there is no room: then nothing is counted. */
static __always_inline bool make_pair(const struct pair_key *key, const struct traffic *traffic)
{
	struct pair_room *room = find_room();
	struct counted_pair *pair;
	__u32 row;

	if (!room || (!take_free_row(room, &row) && !take_unused_row(room, &row)))
		return false;
	pair = pair_at(row);
	if (!pair)
		return false;
	pair->key = *key;
	pair->traffic = *traffic;
	pair->leaving = LEAVE_NOT;
	if (bpf_map_update_elem(&pairs, key, &row, BPF_NOEXIST)) {
		/* Who reads it while it is given again must not find this. */
		clear_traffic(pair);
		/* Nobody has seen it: it can be given at once. After so many failures it is lost, as long as these maps are. */
		give_rows(room, row + 1, pair);
		return false;
	}
	raise_version(pair);
	return true;
}

/* To be called when its key was deleted. */
static __always_inline void leave_row(__u32 row, struct counted_pair *pair)
{
	struct pair_room *room = find_room();

	if (!room)
		return;
	pair->leaving = PAIR_FREE | room->left_first;
	raise_version(pair);
	clear_traffic(pair);
	if (!room->left_first)
		room->left_last = row + 1;
	room->left_first = row + 1;
}

/* All that were left before can be given from now on. */
static __always_inline void give_left_rows(void)
{
	struct pair_room *room = find_room();
	struct counted_pair *last;

	if (!room || !room->left_first)
		return;
	last = pair_at(room->left_last - 1);
	if (!last || !give_rows(room, room->left_first, last))
		return;
	room->left_first = 0;
	room->left_last = 0;
}

#endif

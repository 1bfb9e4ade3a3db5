/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What user space hands to the programs of retire.h and carry.h: rows, and in
 * the context how many. LASTING as in maps.h.
 */
#ifndef LBSCOPE_INBOX_H
#define LBSCOPE_INBOX_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "flow.h"

/* Rows that user space hands to a program, in the inbox of their kind; so many at a time. */
#define INBOX_ROWS 4096

struct flow_row {
	struct flow_key key;
	struct flow flow;
};

struct note_row {
	struct flow_key key;
	struct note note;
};

struct pair_row {
	struct pair_key key;
	struct traffic traffic;
	__u32 was_series; /* a pair of the former set. Without room it is retired; others count as traffic now */
	__u32 pad;
};

struct ledger_row {
	struct ledger_key key;
	__u32 pad;
	struct traffic traffic;
};

enum cell_table {
	CELLS_TOTALS = 0,
	CELLS_OVERFLOW = 1,
	CELLS_ERRORS = 2,
	CELLS_IGNORED = 3,
	CELLS_FIREWALL = 4,
	CELLS_EVICTIONS = 5,
};

/* A number to be added to one u64 of one row of a table. */
struct cell_row {
	__u32 table; /* enum cell_table */
	__u32 row;
	__u32 word;
	__u32 pad;
	__u64 value;
};

/* Context of the programs that work on an inbox. */
struct inbox_work {
	__u32 rows;	/* in: how many rows of the inbox are filled */
	__u32 done;	/* out: how many of them have led to something */
	__u64 argument; /* in: of mark_pairs an enum leave_reason, of carry_* the number of the step */
};

/* Written by user space before it runs a program of retire.h or carry.h. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct flow_row);
	__uint(max_entries, INBOX_ROWS);
} inbox_flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct note_row);
	__uint(max_entries, INBOX_ROWS);
} inbox_notes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct pair_row);
	__uint(max_entries, INBOX_ROWS);
} inbox_pairs SEC(".maps");

/* Numbers of rows of pair_rows. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, INBOX_ROWS);
} inbox_rows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct ledger_row);
	__uint(max_entries, INBOX_ROWS);
} inbox_ledger SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct cell_row);
	__uint(max_entries, INBOX_ROWS);
} inbox_cells SEC(".maps");

/* LASTING. One row: the last step of carry.h that is done. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 1);
} carried SEC(".maps");

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Totals of rules that are not ours. Whoever changes this needs other names
 * for the directories in which it is pinned.
 */
#ifndef LBSCOPE_HOST_COUNTS_H
#define LBSCOPE_HOST_COUNTS_H

enum host_count_kind {
	HOST_TOTAL = 1, /* what rules of one name have dropped */
	HOST_RULE = 2,	/* what the counter of one rule was when it was last read */
};

struct host_key {
	__u8 hash[16]; /* of the kind and the name, or the place of the rule */
};

struct host_count {
	struct traffic traffic;
	__u8 kind; /* enum host_count_kind */
	__u8 pad[7];
	char name[NAME_BYTES]; /* of a total: UTF-8, zeros behind it */
};

/* LASTING. Written by user space: what belongs together by one call, which its death does not cut short. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct host_key);
	__type(value, struct host_count);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} host_counts SEC(".maps");

#endif

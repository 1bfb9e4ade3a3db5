/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Firewall rules of our own, as the data path looks them up, and their counters. LASTING as in maps.h. */
#ifndef LBSCOPE_FIREWALL_MAPS_H
#define LBSCOPE_FIREWALL_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "flow.h"

#define FIREWALL_MAX_RULES 256
/* Counters outlive their rules, so there are more of them. */
#define FIREWALL_COUNTERS 1024

enum firewall_action {
	FIREWALL_FREE = 0,
	FIREWALL_DROP = 1,
	FIREWALL_COUNT = 2,
};

/* A bit for each rule, in rule order. */
struct rule_mask {
	__u64 word[FIREWALL_MAX_RULES / 64];
};

struct prefix_key {
	__u32 length; /* bits of the 128, so 96 more than an IPv4 prefix has */
	struct address address;
};

/*
 * Firewall rules as bit vectors (Lakshman and Stiliadis, SIGCOMM 1998): each
 * look-up gives the rules that one field allows, and their intersection is
 * what matches. Written by user space.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__type(key, struct prefix_key);
	__type(value, struct rule_mask);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} firewall_sources SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__type(key, struct prefix_key);
	__type(value, struct rule_mask);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} firewall_destinations SEC(".maps");

/* Indexed by IP protocol. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct rule_mask);
	__uint(max_entries, 256);
} firewall_protocols SEC(".maps");

/* Indexed by destination port in host order; index 0 also serves packets without ports. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct rule_mask);
	__uint(max_entries, 65536);
} firewall_ports SEC(".maps");

/* The rules that drop; the others only count. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct rule_mask);
	__uint(max_entries, 1);
} firewall_drops SEC(".maps");

/* Which counter a rule has: rules come and go, and change places. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, FIREWALL_MAX_RULES);
} firewall_counters SEC(".maps");

/* LASTING. Indexed by counter: whose it is, name and action. Written by user space. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct name);
	__uint(max_entries, FIREWALL_COUNTERS);
} firewall_names SEC(".maps");

/* LASTING. Indexed by counter. Written by the data path. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct traffic);
	__uint(max_entries, FIREWALL_COUNTERS);
} firewall_matches SEC(".maps");

#endif

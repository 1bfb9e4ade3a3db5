/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The maps. Sizes that depend on the configuration are set by user space
 * before the load. Unless said otherwise the data path writes, user space
 * reads.
 */
#ifndef LBSCOPE_MAPS_H
#define LBSCOPE_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "flow.h"

/* One row at a fixed address: reading it costs no look-up. Written by user space. */
volatile struct settings settings SEC(".data.settings");

/* Which (VIP, port, protocol) is which service slot. Written by user space. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct service_key);
	__type(value, __u32);
	__uint(max_entries, 4096);
} services SEC(".maps");

/* Written by user space, before the services that it stands for. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct service_ports);
	__uint(max_entries, SERVICE_PORT_ROWS);
} service_ports SEC(".maps");

/* Flows, both directions in one. Full: the packet goes to service_overflow.flows. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct flow_key);
	__type(value, struct flow);
	__uint(max_entries, 262144);
} flows SEC(".maps");

/*
 * Client-endpoint pairs, in the shape of the page. The walker books to them,
 * not each packet: that would cost a look-up more, in rows that many flows
 * share. Full: service_overflow.pairs.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct pair_key);
	__type(value, struct traffic);
	__uint(max_entries, 65536);
} pairs SEC(".maps");

/* Indexed by service slot. Added to before the pairs, so never below their sum. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct service_totals);
	__uint(max_entries, 4096);
} totals SEC(".maps");

/* Indexed by service slot. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct service_overflow);
	__uint(max_entries, 4096);
} overflow SEC(".maps");

/* Indexed by service slot. Errors are rare: shared by the CPUs, added to atomically. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct service_errors);
	__uint(max_entries, 4096);
} errors SEC(".maps");

/* Indexed by enum ignored_reason. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, IGNORED_REASONS);
} ignored SEC(".maps");

/* Ports of fragmented packets, written by the first fragment. Full: the oldest goes. */
struct fragment_key {
	struct address source;
	struct address destination;
	__be32 id;
	__u8 protocol;
	__u8 pad[3];
};

struct ports {
	__be16 source;
	__be16 destination;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__type(key, struct fragment_key);
	__type(value, struct ports);
	__uint(max_entries, 16384);
} fragments SEC(".maps");

/*
 * The same-packet join: ingress leaves a note of each packet whose flow has no
 * endpoint yet, and egress on the same CPU finds it. 4,096 slots because a NIC
 * hands ingress a batch before any of it is forwarded.
 */
#define JOIN_SLOTS 4096

struct join_slot {
	struct flow_key key;
	__u32 token;
	__u32 length; /* IP total length */
	__u64 stored; /* jiffies; 0: taken or never used */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct join_slot);
	__uint(max_entries, JOIN_SLOTS);
} join_slots SEC(".maps");

/* Jiffies of the last note on this CPU: spares egress the look-up when there is none to find. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 1);
} join_gate SEC(".maps");

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

/* Indexed by rule. Written by the data path. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct traffic);
	__uint(max_entries, FIREWALL_MAX_RULES);
} firewall_matches SEC(".maps");

#endif

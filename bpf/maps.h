/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The maps. Sizes that depend on the configuration are set by user space
 * before the load. Unless said otherwise the data path writes, user space
 * reads.
 *
 * LASTING maps hold what must outlive the exporter: user space pins them, and
 * each load finds them again. The others are made anew with the programs.
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

/* LASTING. Flows, both directions in one. Full: the packet goes to service_overflow.flows. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct flow_key);
	__type(value, struct flow);
	__uint(max_entries, 262144);
} flows SEC(".maps");

/* LASTING. One row. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct flow_room);
	__uint(max_entries, 1);
} flow_room SEC(".maps");

/* LASTING. Connections that found no room: see unplaced.h. Full: the oldest goes. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__type(key, struct flow_key);
	__type(value, struct note);
	__uint(max_entries, 65536);
} unplaced SEC(".maps");

/*
 * LASTING. Client-endpoint pairs, in the shape of the page: which row of
 * pair_rows is whose. The walker books to them, not each packet: that would
 * cost a look-up more, in rows that many flows share. Full, or leaving: others.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct pair_key);
	__type(value, __u32);
	__uint(max_entries, 65536);
} pairs SEC(".maps");

/* LASTING. As many rows as `pairs` has. In memory that user space maps: reading a hash table is slower by far. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct counted_pair);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_MMAPABLE);
} pair_rows SEC(".maps");

/* LASTING. One row. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct pair_room);
	__uint(max_entries, 1);
} pair_room SEC(".maps");

/*
 * LASTING. What found no room in pairs, by endpoint: clients may be invented,
 * endpoints are chosen by the load balancer. Full: service_overflow.others.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct pair_key);
	__type(value, struct traffic);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} others SEC(".maps");

/* LASTING. Written by retire.h and carry.h only, which user space runs. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct ledger_key);
	__type(value, struct traffic);
	__uint(max_entries, 131072);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} ledger SEC(".maps");

/* LASTING. Indexed by enum leave_reason: pairs that left. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, LEAVE_REASONS);
} evictions SEC(".maps");

/* LASTING. Indexed by service slot: whose it is, label and protocol. Written by user space. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct name);
	__uint(max_entries, 4096);
} slots SEC(".maps");

/*
 * LASTING. IP addresses of endpoints that are known by their Ethernet address;
 * zeros: none was found. What was once said stays, for series are named so.
 * Written by user space.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct mac_key);
	__type(value, struct address);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} macs SEC(".maps");

/* LASTING. Indexed by service slot. Added to before the pairs, so never below their sum. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct service_totals);
	__uint(max_entries, 4096);
} totals SEC(".maps");

/* LASTING. Indexed by service slot. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct service_overflow);
	__uint(max_entries, 4096);
} overflow SEC(".maps");

/* LASTING. Indexed by service slot. Errors are rare: shared by the CPUs, added to atomically. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct service_errors);
	__uint(max_entries, 4096);
} errors SEC(".maps");

/*
 * LASTING. By endpoint: what a verdict about its health needs. User space deletes endpoints of no service.
 * Full: nothing is known of those that find no room.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct handshake_key);
	__type(value, struct handshakes);
	__uint(max_entries, 16384);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} handshakes SEC(".maps");

/* LASTING. Indexed by enum ignored_reason. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, IGNORED_REASONS);
} ignored SEC(".maps");

/* LASTING. Ports of fragmented packets, written by the first fragment. Full: the oldest goes. */
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
 * LASTING. The same-packet join: ingress leaves a note of each packet whose flow has no
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

/* LASTING. Jiffies of the last note on this CPU: spares egress the look-up when there is none to find. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 1);
} join_gate SEC(".maps");

/* LASTING. One row. Written by user space, for those that come after it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct about);
	__uint(max_entries, 1);
} about SEC(".maps");

#endif

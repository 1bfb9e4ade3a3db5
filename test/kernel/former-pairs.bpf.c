// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Pairs as versions before pair_rows had them: the traffic in the hash table itself. */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

struct address {
	__be32 word[4];
};

struct pair_key {
	struct address client;
	struct address endpoint;
	__u32 slot;
	__u8 endpoint_kind;
	__u8 client_prefix;
	__u8 pad[2];
};

struct traffic {
	__u64 packets;
	__u64 bytes;
};

struct pair {
	struct traffic traffic;
	__u32 leaving;
	__u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct pair_key);
	__type(value, struct pair);
	__uint(max_entries, 64);
} pairs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct pair_key);
	__type(value, struct pair);
	__uint(max_entries, 64);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} others SEC(".maps");

char _license[] SEC("license") = "Dual MIT/GPL";

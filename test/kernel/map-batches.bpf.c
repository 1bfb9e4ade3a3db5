// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Maps of all the kinds that are read, and somebody who changes one meanwhile. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/* Both halves are always alike: a reader that sees others has a torn value. */
struct value {
	__u64 half;
	__u64 other_half;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u32);
	__type(value, struct value);
	__uint(max_entries, 65536);
} rows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 3);
} few SEC(".maps");

/* Whose buckets are known beforehand. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_ZERO_SEED);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 8192);
} unlucky SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, 10000);
} per_cpu SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 10000);
} array SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 100);
} small_array SEC(".maps");

struct churn {
	__u32 times;
	__u32 stable; /* keys below this are only updated, others come and go */
};

static long change(__u32 i, void *context)
{
	struct churn *churn = context;
	__u32 key = bpf_get_prandom_u32() % churn->stable;
	__u32 guest = churn->stable + i % 1024;
	struct value value = { i, i };

	bpf_map_update_elem(&rows, &key, &value, BPF_EXIST);
	bpf_map_update_elem(&rows, &guest, &value, BPF_ANY);
	if (i % 2)
		bpf_map_delete_elem(&rows, &guest);
	return 0;
}

SEC("syscall")
int churn(struct churn *context)
{
	struct churn churn = *context;

	bpf_loop(churn.times, change, &churn, 0);
	return 0;
}

char _license[] SEC("license") = "Dual MIT/GPL";

// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The data path, and packets that count pairs at once: those of others leave that to the walker, most of the time. */
#include "../../bpf/datapath.bpf.c"

static __always_inline void count_client(__u32 client)
{
	struct traffic one = {.packets = 1, .bytes = 100};
	struct pair_key key = {.endpoint_kind = ENDPOINT_ADDRESS, .client_prefix = 128};

	key.client.word[2] = bpf_htonl(0xffff);
	key.client.word[3] = bpf_htonl(0x0a000000 + client);
	key.endpoint.word[2] = bpf_htonl(0xffff);
	key.endpoint.word[3] = bpf_htonl(0x0a140102);
	count_pair(&key, &one);
}

/* The client that the mark says. */
SEC("tc")
int count_marked(struct __sk_buff *skb)
{
	count_client(skb->mark);
	return 0;
}

__u32 turn = 0;

/* Each client twice, one after the other: on two CPUs at about the same time. */
SEC("tc")
int count_new(struct __sk_buff *skb)
{
	count_client(__sync_fetch_and_add(&turn, 1) / 2);
	return 0;
}

/* The same 32 clients again and again. */
SEC("tc")
int count_few(struct __sk_buff *skb)
{
	count_client(__sync_fetch_and_add(&turn, 1) / 2 % 32);
	return 0;
}

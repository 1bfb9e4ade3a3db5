// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A load balancer in tc, as Cilium's and LoxiLB's are: at the client's port it
 * gives packets to a VIP another destination and sends them to the endpoint's
 * port, at the endpoints' ports it turns replies back. Netfilter and routing see none
 * of it. Without state: the client's port chooses the endpoint.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <stddef.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define ENDPOINTS 3

/* All written by user space, before the programs are attached. */
struct place {
	__u8 ipv4[16]; /* the first four bytes */
	__u8 ipv6[16];
	__u32 ifindex;
	/* Hand packets to the other side of the veth, past the egress hook of this one. */
	__u32 to_peer;
};

/* 0: the VIPs and the client's port; then the endpoints. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct place);
	__uint(max_entries, 1 + ENDPOINTS);
} places SEC(".maps");

/* By protocol and port, host order, which port to put in its place: to the endpoint, and back. */
struct port_key {
	__u16 port;
	__u8 protocol;
	__u8 is_back;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct port_key);
	__type(value, __u32);
	__uint(max_entries, 64);
} ports SEC(".maps");

struct shape {
	__u32 is_ipv6;
	__u32 address_bytes;
	__u32 source; /* offsets in the frame */
	__u32 destination;
	__u32 transport;
	__u32 checksum; /* of the transport; 0: none that an address or a port is in */
	__u32 checksum_flags;
	__u8 protocol;
};

static __always_inline int shape_of(struct __sk_buff *skb, struct shape *shape)
{
	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		shape->is_ipv6 = 0;
		shape->address_bytes = 4;
		shape->source = ETH_HLEN + offsetof(struct iphdr, saddr);
		shape->destination = ETH_HLEN + offsetof(struct iphdr, daddr);
		shape->transport = ETH_HLEN + sizeof(struct iphdr);
		if (bpf_skb_load_bytes(skb, ETH_HLEN + offsetof(struct iphdr, protocol), &shape->protocol, 1))
			return -1;
	} else if (skb->protocol == bpf_htons(ETH_P_IPV6)) {
		shape->is_ipv6 = 1;
		shape->address_bytes = 16;
		shape->source = ETH_HLEN + offsetof(struct ipv6hdr, saddr);
		shape->destination = ETH_HLEN + offsetof(struct ipv6hdr, daddr);
		shape->transport = ETH_HLEN + sizeof(struct ipv6hdr);
		if (bpf_skb_load_bytes(skb, ETH_HLEN + offsetof(struct ipv6hdr, nexthdr), &shape->protocol, 1))
			return -1;
	} else {
		return -1;
	}
	shape->checksum = 0;
	shape->checksum_flags = 0;
	if (shape->protocol == IPPROTO_TCP) {
		shape->checksum = shape->transport + offsetof(struct tcphdr, check);
	} else if (shape->protocol == IPPROTO_UDP) {
		shape->checksum = shape->transport + offsetof(struct udphdr, check);
		shape->checksum_flags = BPF_F_MARK_MANGLED_0;
	} else if (shape->protocol != IPPROTO_SCTP) {
		return -1;
	}
	return 0;
}

static __always_inline int replace_address(struct __sk_buff *skb, const struct shape *shape, __u32 offset,
					   const struct place *place)
{
	__be32 before[4] = {}, after[4] = {};
	__s64 difference;

	if (shape->is_ipv6) {
		__builtin_memcpy(after, place->ipv6, 16);
		if (bpf_skb_load_bytes(skb, offset, before, 16))
			return -1;
	} else {
		__builtin_memcpy(after, place->ipv4, 4);
		if (bpf_skb_load_bytes(skb, offset, before, 4))
			return -1;
	}
	difference = bpf_csum_diff(before, 16, after, 16, 0);
	if (shape->checksum && bpf_l4_csum_replace(skb, shape->checksum, 0, difference,
						   BPF_F_PSEUDO_HDR | shape->checksum_flags))
		return -1;
	if (shape->is_ipv6)
		return bpf_skb_store_bytes(skb, offset, after, 16, 0);
	if (bpf_l3_csum_replace(skb, ETH_HLEN + offsetof(struct iphdr, check), 0, difference, 0))
		return -1;
	return bpf_skb_store_bytes(skb, offset, after, 4, 0);
}

static __always_inline int replace_port(struct __sk_buff *skb, const struct shape *shape, __u32 offset,
					__be16 before, __be16 after)
{
	if (before == after)
		return 0;
	if (shape->checksum &&
	    bpf_l4_csum_replace(skb, shape->checksum, before, after, sizeof(after) | shape->checksum_flags))
		return -1;
	return bpf_skb_store_bytes(skb, offset, &after, sizeof(after), 0);
}

static __always_inline const struct place *place_of(__u32 index)
{
	return bpf_map_lookup_elem(&places, &index);
}

static __always_inline int is_at(struct __sk_buff *skb, const struct shape *shape, __u32 offset,
				 const struct place *place)
{
	__u32 found[4] = {}, wanted[4] = {};

	if (shape->is_ipv6) {
		__builtin_memcpy(wanted, place->ipv6, 16);
		if (bpf_skb_load_bytes(skb, offset, found, 16))
			return 0;
	} else {
		__builtin_memcpy(wanted, place->ipv4, 4);
		if (bpf_skb_load_bytes(skb, offset, found, 4))
			return 0;
	}
	return found[0] == wanted[0] && found[1] == wanted[1] && found[2] == wanted[2] && found[3] == wanted[3];
}

/* At the client's port. */
SEC("tc")
int to_endpoint(struct __sk_buff *skb)
{
	const struct place *vip = place_of(0), *endpoint;
	struct shape shape;
	__be16 pair[2];
	struct port_key key = {};
	__u32 *port;

	if (!vip || shape_of(skb, &shape) || !is_at(skb, &shape, shape.destination, vip))
		return TC_ACT_UNSPEC;
	if (bpf_skb_load_bytes(skb, shape.transport, pair, sizeof(pair)))
		return TC_ACT_UNSPEC;
	key.port = bpf_ntohs(pair[1]);
	key.protocol = shape.protocol;
	port = bpf_map_lookup_elem(&ports, &key);
	endpoint = place_of(1 + bpf_ntohs(pair[0]) % ENDPOINTS);
	if (!port || !endpoint)
		return TC_ACT_UNSPEC;
	if (replace_address(skb, &shape, shape.destination, endpoint) ||
	    replace_port(skb, &shape, shape.transport + 2, pair[1], bpf_htons(*port)))
		return TC_ACT_SHOT;
	return endpoint->to_peer ? bpf_redirect_peer(endpoint->ifindex, 0)
				 : bpf_redirect_neigh(endpoint->ifindex, NULL, 0, 0);
}

/* At the ports of the endpoints. */
SEC("tc")
int to_client(struct __sk_buff *skb)
{
	const struct place *vip = place_of(0);
	struct shape shape;
	__be16 pair[2];
	struct port_key key = {.is_back = 1};
	__u32 *port;

	if (!vip || shape_of(skb, &shape))
		return TC_ACT_UNSPEC;
	if (bpf_skb_load_bytes(skb, shape.transport, pair, sizeof(pair)))
		return TC_ACT_UNSPEC;
	key.port = bpf_ntohs(pair[0]);
	key.protocol = shape.protocol;
	port = bpf_map_lookup_elem(&ports, &key);
	if (!port)
		return TC_ACT_UNSPEC;
	if (replace_address(skb, &shape, shape.source, vip) ||
	    replace_port(skb, &shape, shape.transport, pair[0], bpf_htons(*port)))
		return TC_ACT_SHOT;
	return bpf_redirect_neigh(vip->ifindex, NULL, 0, 0);
}

char _license[] SEC("license") = "Dual MIT/GPL";

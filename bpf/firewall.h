/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Our own firewall rules: the only thing here that may drop a packet, and only when configured. */
#ifndef LBSCOPE_FIREWALL_H
#define LBSCOPE_FIREWALL_H

#include "count.h"
#include "firewall_maps.h"
#include "maps.h"
#include "parse.h"

static __always_inline void narrow(struct rule_mask *mask, const struct rule_mask *allowed)
{
#pragma unroll
	for (int i = 0; i < FIREWALL_MAX_RULES / 64; i++)
		mask->word[i] = allowed ? mask->word[i] & allowed->word[i] : 0;
}

/* The rules that match, as bits. */
static __always_inline void match_rules(const struct packet *packet, struct rule_mask *mask)
{
	struct prefix_key prefix = {.length = 128, .address = packet->source};
	__u32 protocol = packet->protocol;
	__u32 port = packet->has_ports ? bpf_ntohs(packet->destination_port) : 0;
	struct rule_mask *ports;
	__u32 zero = 0;

	__builtin_memset(mask, 0xff, sizeof(*mask));
	narrow(mask, bpf_map_lookup_elem(&firewall_sources, &prefix));
	prefix.address = packet->destination;
	narrow(mask, bpf_map_lookup_elem(&firewall_destinations, &prefix));
	narrow(mask, bpf_map_lookup_elem(&firewall_protocols, &protocol));
	ports = bpf_map_lookup_elem(&firewall_ports, &port);
	/* The table has one row only when no rule names a port. */
	narrow(mask, ports ? ports : bpf_map_lookup_elem(&firewall_ports, &zero));
}

static __always_inline bool has_rule(const struct rule_mask *mask, __u32 rule)
{
	return mask->word[rule / 64 % (FIREWALL_MAX_RULES / 64)] >> (rule % 64) & 1;
}

/* In rule order: every counting rule that matches counts, up to the first one that drops. */
__noinline int firewall_drops_packet(struct __sk_buff *skb, const struct packet *packet)
{
	struct traffic wire;
	__u32 rules = settings.firewall_rules;
	struct rule_mask matching, *drops;
	__u32 zero = 0;

	drops = bpf_map_lookup_elem(&firewall_drops, &zero);
	if (!drops || !packet)
		return 0;
	wire = wire_traffic(skb, packet);
	match_rules(packet, &matching);
	if (!(matching.word[0] | matching.word[1] | matching.word[2] | matching.word[3]))
		return 0;
	for (__u32 rule = 0; rule < FIREWALL_MAX_RULES && rule < rules; rule++) {
		/* A copy: what has an address lives on the stack, where Linux 6.1 forgets its value. */
		__u32 index = rule, *counter;
		struct traffic *sum;

		if (!has_rule(&matching, rule))
			continue;
		counter = bpf_map_lookup_elem(&firewall_counters, &index);
		sum = counter ? bpf_map_lookup_elem(&firewall_matches, counter) : NULL;
		if (sum)
			add_traffic(sum, &wire);
		if (has_rule(drops, rule))
			return 1;
	}
	return 0;
}

#endif

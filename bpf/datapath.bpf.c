// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The programs. Ingress and egress see every packet of the interfaces they are
 * attached to, and count the leg between client and VIP only: there the VIP is
 * visible with any kind of NAT, and no packet is counted twice. They return
 * TC_ACT_UNSPEC, so whatever is attached behind them still runs.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "maps.h"
#include "parse.h"
#include "firewall.h"
#include "fragment.h"
#include "icmp.h"
#include "replay.h"
#include "track.h"
#include "walk.h"
#include "retire.h"
#include "carry.h"

static __always_inline bool is_icmp(const struct packet *packet)
{
	return packet->protocol == IPPROTO_ICMP || packet->protocol == IPPROTO_ICMPV6;
}

static __always_inline bool is_transport(const struct packet *packet)
{
	return packet->protocol == IPPROTO_TCP || packet->protocol == IPPROTO_UDP ||
	       packet->protocol == IPPROTO_SCTP;
}

/* True when all of it could be read that counting needs. */
static __always_inline bool read_packet(struct __sk_buff *skb, bool ethernet, struct packet *packet)
{
	enum parse_result result = parse_packet(skb, packet, ethernet);

	if (result == PARSE_MALFORMED)
		count_ignored(IGNORED_MALFORMED);
	if (result != PARSE_OK)
		return false;
	return !is_transport(packet) || packet->fragment == FRAGMENT_NONE || restore_ports(packet);
}

static __always_inline int ingress(struct __sk_buff *skb, bool ethernet)
{
	struct packet packet;
	bool readable;

	packet.header_length = 0;
	readable = read_packet(skb, ethernet, &packet);
	/* A rule speaks for every packet whose IP header could be read. */
	if (settings.firewall_rules && packet.header_length && firewall_drops_packet(skb, &packet))
		return TC_ACT_SHOT;
	if (!readable)
		return TC_ACT_UNSPEC;
	if (packet.has_ports && has_port(packet.protocol, packet.destination_port))
		track_packet(skb, &packet, FROM_CLIENT, true);
	else if (is_icmp(&packet))
		track_icmp(skb, &packet, FROM_CLIENT);
	return TC_ACT_UNSPEC;
}

/* True for a packet from the address and port of a service: its answer, or its way to an endpoint. */
static __always_inline bool track_reply(struct __sk_buff *skb, const struct packet *packet, bool ethernet,
					__u64 now)
{
	int result = track_packet(skb, packet, FROM_ENDPOINT, false);

	if (result != TRACKED_UNKNOWN)
		return result == TRACKED;
	if (packets_expected(now) && look_for_expected(skb, packet, ethernet, now))
		open_leg(packet, now);
	else
		track_packet(skb, packet, FROM_ENDPOINT, true);
	return true;
}

static __always_inline int egress(struct __sk_buff *skb, bool ethernet)
{
	__u64 now = packet_jiffies(skb);
	struct packet packet;

	if (!read_packet(skb, ethernet, &packet))
		return TC_ACT_UNSPEC;
	if (packet.has_ports && has_port(packet.protocol, packet.source_port) &&
	    track_reply(skb, &packet, ethernet, now))
		return TC_ACT_UNSPEC;
	if (is_icmp(&packet))
		track_icmp(skb, &packet, FROM_ENDPOINT);
	else if (packets_expected(now))
		look_for_expected(skb, &packet, ethernet, now);
	return TC_ACT_UNSPEC;
}

SEC("tc")
int ingress_ethernet(struct __sk_buff *skb)
{
	return ingress(skb, true);
}

SEC("tc")
int egress_ethernet(struct __sk_buff *skb)
{
	return egress(skb, true);
}

/* For devices whose frames begin with the IP header: tun, WireGuard, IP-in-IP. */
SEC("tc")
int ingress_ip(struct __sk_buff *skb)
{
	return ingress(skb, false);
}

SEC("tc")
int egress_ip(struct __sk_buff *skb)
{
	return egress(skb, false);
}

SEC("syscall")
int walk(struct walk *result)
{
	const struct flow_room *room = find_flow_room();
	struct walk_state state = {};
	__u64 fragment_rows = 0;

	if (!set_limits(&state))
		set_no_limits(&state);
	give_left_rows();
	/* Looking at every bucket of tables that are empty is most of what an idle exporter would do. */
	if (room && room->rows)
		bpf_for_each_map_elem(&flows, walk_flow, &state, 0);
	if (room && room->last_unplaced)
		bpf_for_each_map_elem(&unplaced, walk_note, &state, 0);
	bpf_for_each_map_elem(&fragments, count_row, &fragment_rows, 0);
	result->active_tcp = state.counts.active_tcp;
	result->active_udp = state.counts.active_udp;
	result->active_sctp = state.counts.active_sctp;
	result->inactive = state.counts.inactive;
	result->legs = state.counts.legs;
	result->fragments = fragment_rows;
	result->unplaced = state.counts.unplaced;
	return 0;
}

/* What the exporter asks for, so that nothing is lost or counted twice should it die at any moment. */
SEC("syscall")
int mark_pairs(struct inbox_work *work)
{
	return run_inbox(&inbox_rows, mark_pair, work);
}

SEC("syscall")
int retire_pairs(struct inbox_work *work)
{
	return run_inbox(&inbox_rows, retire_pair, work);
}

SEC("syscall")
int retire_kept(struct inbox_work *work)
{
	return run_inbox(&inbox_ledger, retire_kept_row, work);
}

SEC("syscall")
int carry_flows(struct inbox_work *work)
{
	return run_inbox(&inbox_flows, carry_flow, work);
}

SEC("syscall")
int carry_notes(struct inbox_work *work)
{
	return run_inbox(&inbox_notes, carry_note, work);
}

SEC("syscall")
int carry_pairs(struct inbox_work *work)
{
	return is_next_step(work) ? run_inbox(&inbox_pairs, carry_pair, work) : 0;
}

SEC("syscall")
int carry_ledger(struct inbox_work *work)
{
	return is_next_step(work) ? run_inbox(&inbox_ledger, carry_ledger_row, work) : 0;
}

SEC("syscall")
int carry_cells(struct inbox_work *work)
{
	return is_next_step(work) ? run_inbox(&inbox_cells, carry_cell, work) : 0;
}

char _license[] SEC("license") = "Dual MIT/GPL";

/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Later IP fragments carry no ports: the first one leaves them here. */
#ifndef LBSCOPE_FRAGMENT_H
#define LBSCOPE_FRAGMENT_H

#include "count.h"
#include "maps.h"
#include "parse.h"

/* False when the ports of a later fragment are not known. */
static __always_inline bool restore_ports(struct packet *packet)
{
	struct fragment_key key = {
		.source = packet->source,
		.destination = packet->destination,
		.id = packet->fragment_id,
		.protocol = packet->protocol,
	};
	struct ports *known;

	if (packet->fragment == FRAGMENT_FIRST) {
		struct ports first = {.source = packet->source_port, .destination = packet->destination_port};

		if (packet->has_ports)
			bpf_map_update_elem(&fragments, &key, &first, BPF_ANY);
		return true;
	}
	known = bpf_map_lookup_elem(&fragments, &key);
	if (!known) {
		count_ignored(IGNORED_FRAGMENT);
		return false;
	}
	packet->source_port = known->source;
	packet->destination_port = known->destination;
	packet->has_ports = true;
	return true;
}

#endif

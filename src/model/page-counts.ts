/** Every counter of a page: what the reading counts, and zeros for what is configured. */

import { countErrors, sumErrors } from "./errors.ts";
import type { SlotSums } from "./pair-sums.ts";
import type { Reading, ServiceTotals } from "./reading.ts";
import { PROTOCOLS, type Protocol, type Service } from "./service.ts";
import type { EndpointRow, ServiceRow } from "./snapshot.ts";
import type { RetiredTraffic, Traffic } from "./traffic.ts";
import { addTraffic, copyTable, NO_TRAFFIC, sumTraffic } from "./traffic-table.ts";

/** A service row without what needs a second poll. */
export interface ServiceCounts extends Omit<ServiceRow, "share" | "rps1mAvg" | "rps1mPeak"> {
	readonly requests: number;
	readonly errors: number;
	readonly unattributedBytes: number;
}
export type EndpointCounts = Omit<EndpointRow, "share">;

const NONE_RETIRED: RetiredTraffic = { pair: NO_TRAFFIC, client: NO_TRAFFIC, endpoint: NO_TRAFFIC };
const NO_SUMS: SlotSums = { live: NO_TRAFFIC, retired: NONE_RETIRED };

/** Services that are not configured any more stay as long as they have a slot. */
export function serviceCounts(configured: readonly Service[], { services, pairs }: Reading): ServiceCounts[] {
	const labels = new Map<string, ServiceCounts>();
	for (const { label } of configured) addCounts(labels, zeroCounts(label));
	for (const [slot, totals] of services.entries()) {
		addCounts(labels, slotCounts(totals, pairs.slots[slot] ?? NO_SUMS));
	}
	return sorted([...labels.values()], ({ service }) => service);
}

function zeroCounts(service: string): ServiceCounts {
	const events = { requests: 0, errors: 0, errorsBy: [] };
	return { service, ...NO_TRAFFIC, ...events, unattributedBytes: 0, retired: NONE_RETIRED };
}

/** All that ever counted for a pair of the slot, in pairs that are there or not. */
function pairTraffic({ live, retired }: SlotSums): Traffic {
	return sumTraffic(live, retired.pair);
}

function slotCounts(totals: ServiceTotals, sums: SlotSums): ServiceCounts {
	const traffic = pairTraffic(sums);
	return {
		service: totals.label,
		...traffic,
		requests: totals.requests,
		errors: countErrors(totals.errors),
		errorsBy: sumErrors(totals.errors),
		unattributedBytes: Math.max(0, totals.bytes - traffic.bytes),
		retired: sums.retired,
	};
}

function addCounts(labels: Map<string, ServiceCounts>, more: ServiceCounts): void {
	const known = labels.get(more.service);
	if (known === undefined) {
		labels.set(more.service, more);
		return;
	}
	labels.set(more.service, {
		...known,
		...sumTraffic(known, more),
		requests: known.requests + more.requests,
		errors: known.errors + more.errors,
		errorsBy: sumErrors([...known.errorsBy, ...more.errorsBy]),
		unattributedBytes: known.unattributedBytes + more.unattributedBytes,
		retired: sumRetired(known.retired, more.retired),
	});
}

function sumRetired(one: RetiredTraffic, other: RetiredTraffic): RetiredTraffic {
	return {
		pair: sumTraffic(one.pair, other.pair),
		client: sumTraffic(one.client, other.client),
		endpoint: sumTraffic(one.endpoint, other.endpoint),
	};
}

export function processedTraffic({ services, pairs }: Reading): Record<Protocol, Traffic> {
	const processed = Object.fromEntries(PROTOCOLS.map((protocol) => [protocol, NO_TRAFFIC]));
	services.forEach(({ protocol }, slot) => {
		const traffic = pairTraffic(pairs.slots[slot] ?? NO_SUMS);
		processed[protocol] = sumTraffic(processed[protocol] ?? NO_TRAFFIC, traffic);
	});
	return processed as Record<Protocol, Traffic>;
}

export function endpointCounts(configured: readonly Service[], { pairs }: Reading): EndpointCounts[] {
	const table = copyTable(pairs.endpoints);
	for (const { label, endpoints } of configured) {
		for (const { address } of endpoints) addTraffic(table, label, address, NO_TRAFFIC);
	}
	return sorted([...table], ([service]) => service).flatMap(([service, row]) =>
		sorted([...row], ([dip]) => dip).map(([dip, { bytes }]) => ({ service, dip, bytes })),
	);
}

function sorted<T>(rows: T[], textOf: (row: T) => string): T[] {
	return rows.sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
}

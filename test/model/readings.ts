/** Readings, services and polls for tests: what a test does not name is empty. */
import type { PairSums, SlotSums } from "../../src/model/pair-sums.ts";
import type { Reading, ServiceTotals } from "../../src/model/reading.ts";
import type { Endpoint, Protocol, Service } from "../../src/model/service.ts";
import type { Traffic } from "../../src/model/snapshot.ts";
import type { Poll } from "../../src/model/take-snapshot.ts";
import { addTraffic, type TrafficTable } from "../../src/model/traffic-table.ts";

const NOTHING: Traffic = { bytes: 0, packets: 0 };

/** Of one slot. */
export function slotSums(live: Traffic, retired: Partial<SlotSums["retired"]> = {}): SlotSums {
	return { live, retired: { pair: NOTHING, client: NOTHING, endpoint: NOTHING, ...retired } };
}

/** Slot by slot; endpoints as label, dip, bytes, packets. */
export function pairSums(
	slots: readonly SlotSums[] = [],
	endpoints: readonly (readonly [string, string, number, number])[] = [],
): PairSums {
	const table: TrafficTable = new Map();
	for (const [label, dip, bytes, packets] of endpoints) addTraffic(table, label, dip, { bytes, packets });
	return { slots, endpoints: table };
}

export function totals(label: string, more: Partial<ServiceTotals> = {}): ServiceTotals {
	return { label, protocol: "tcp", requests: 0, bytes: 0, packets: 0, errors: [], ...more };
}

export function reading(more: Partial<Reading> = {}): Reading {
	return {
		readAtMs: 0,
		services: [],
		pairs: pairSums(),
		flows: { active: { tcp: 0, udp: 0, sctp: 0 }, inactive: 0 },
		firewall: [],
		firewallRules: 0,
		netfilter: undefined,
		evictedPairs: [],
		maps: [],
		overflowPackets: [],
		ignoredPackets: [],
		interfaces: [],
		...more,
	};
}

export function service(label: string, endpoints: readonly string[], protocol: Protocol = "tcp"): Service {
	const ends: Endpoint[] = endpoints.map((address) => ({ address, port: 8080 }));
	return { label, vip: "10.0.0.1", port: 80, protocol, endpoints: ends };
}

export function poll(more: Partial<Poll> = {}): Poll {
	return {
		reading: undefined,
		services: [],
		uncountedServices: 0,
		health: undefined,
		system: { cpuPercent: undefined, memoryPercent: undefined, diskPercent: undefined },
		build: { version: "0.1.0", nodeVersion: "20.19.0", libbpfVersion: "1.1.2", kernel: "6.1.0" },
		...more,
	};
}

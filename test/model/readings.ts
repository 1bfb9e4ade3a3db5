/** Readings, services and polls for tests: what a test does not name is empty. */
import type { PairColumns, Reading, ServiceTotals } from "../../src/model/reading.ts";
import type { Endpoint, Protocol, Service } from "../../src/model/service.ts";
import type { Poll } from "../../src/model/take-snapshot.ts";

/** Index into the services, client, endpoint, bytes, packets. */
export type PairSpec = readonly [number, string, string, number, number];

export function pairColumns(pairs: readonly PairSpec[]): PairColumns {
	const addresses = [...new Set(pairs.flatMap(([, sip, dip]) => [sip, dip]))];
	return {
		length: pairs.length,
		service: Uint32Array.from(pairs, ([service]) => service),
		client: Uint32Array.from(pairs, ([, sip]) => addresses.indexOf(sip)),
		endpoint: Uint32Array.from(pairs, ([, , dip]) => addresses.indexOf(dip)),
		bytes: Float64Array.from(pairs, ([, , , bytes]) => bytes),
		packets: Float64Array.from(pairs, ([, , , , packets]) => packets),
		addresses,
	};
}

export function totals(label: string, more: Partial<ServiceTotals> = {}): ServiceTotals {
	return { label, protocol: "tcp", requests: 0, bytes: 0, packets: 0, errors: [], ...more };
}

export function reading(
	more: Partial<Omit<Reading, "pairs">> & { pairs?: readonly PairSpec[] } = {},
): Reading {
	const { pairs, ...rest } = more;
	return {
		readAtMs: 0,
		services: [],
		flows: { active: { tcp: 0, udp: 0, sctp: 0 }, inactive: 0 },
		firewall: undefined,
		maps: [],
		overflowPackets: [],
		ignoredPackets: [],
		interfaces: [],
		...rest,
		pairs: pairColumns(pairs ?? []),
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
		health: undefined,
		system: { cpuPercent: undefined, memoryPercent: undefined, diskPercent: undefined },
		build: { version: "0.1.0", nodeVersion: "20.19.0", libbpfVersion: "1.1.2", kernel: "6.1.0" },
		...more,
	};
}

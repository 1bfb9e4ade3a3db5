/** Snapshots of the golden pages, and their tables. */
import type { Tables } from "../../src/model/series.ts";
import type { DataPath, RetiredTraffic, Snapshot } from "../../src/model/snapshot.ts";
import { newTables } from "./series-table.ts";

const NOTHING = { bytes: 0, packets: 0 };
const NOT_RETIRED: RetiredTraffic = { pair: NOTHING, client: NOTHING, endpoint: NOTHING };

const DATA_PATH: DataPath = {
	flows: { active: { tcp: 12, udp: 3, sctp: 1 }, inactive: 5 },
	processed: {
		tcp: { bytes: 9_007_199_254_740_991, packets: 600 },
		udp: { bytes: 2_000, packets: 20 },
		sctp: NOTHING,
	},
	requests: 42,
	errors: 3,
	services: [
		{
			service: "10.0.0.1:53/udp",
			bytes: 2_000,
			packets: 20,
			requests: 20,
			errors: 0,
			errorsBy: [],
			unattributedBytes: 0,
			retired: NOT_RETIRED,
			share: 0.25,
			rps1mAvg: 0.5,
			rps1mPeak: 2,
		},
		{
			service: 'shop "A"\\B',
			bytes: 9_007_199_254_740_991,
			packets: 600,
			requests: 22,
			errors: 3,
			errorsBy: [
				{ reason: "refused", origin: "endpoint", count: 2 },
				{ reason: "timeout", origin: "network", count: 1 },
			],
			unattributedBytes: 1_500,
			retired: { ...NOT_RETIRED, pair: { bytes: 99, packets: 9 } },
			share: 0.75,
			rps1mAvg: 1.1,
			rps1mPeak: 3,
		},
	],
	endpoints: [
		{ service: "10.0.0.1:53/udp", dip: "unknown", bytes: 2_000, share: 1 },
		{ service: 'shop "A"\\B', dip: "10.1.0.1", bytes: 9_007_199_254_740_991, share: 1 },
		{ service: 'shop "A"\\B', dip: "2001:db8::1", bytes: 0, share: 0 },
	],
	newFlows: 7,
	rates: { requests: 0.7, bytes: 1_234.5, packets: 12.5, errors: 0 },
	lcus: 0.003_007_41,
	firewall: [
		{ name: "bogons", action: "drop", packets: 11, bytes: 1_100 },
		{ name: "office", action: "count", packets: 5, bytes: 500 },
		{ name: "line\nbreak", action: "drop", packets: 1, bytes: 60 },
	],
	firewallRules: 3,
	netfilter: { dropped: 21, byRules: 18 },
	maps: [{ map: "flows", entries: 21, capacity: 65_536 }],
	evictedPairs: [{ name: "idle", count: 4 }],
	overflowPackets: [{ name: "pairs", count: 20 }],
	ignoredPackets: [{ name: "malformed", count: 2 }],
	interfaces: [
		{ name: "eth0", attached: true },
		{ name: "eth1", attached: false },
	],
};

/** Every family has a sample. */
export const FULL: Snapshot = {
	build: { version: "0.1.0", nodeVersion: "24.1.0", libbpfVersion: "1.5.0", kernel: "6.12.0" },
	services: [
		{
			label: 'shop "A"\\B',
			vip: "2001:db8::80",
			port: 443,
			protocol: "tcp",
			endpoints: [
				{ address: "10.1.0.1", port: 8443 },
				{ address: "2001:db8::1", port: 8443 },
			],
			origin: { namespace: "shop", name: "front", type: "ClusterIP" },
		},
		{ label: "10.0.0.1:53/udp", vip: "10.0.0.1", port: 53, protocol: "udp", endpoints: [] },
	],
	uncountedServices: 7,
	dataPath: DATA_PATH,
	health: [
		{
			address: "10.1.0.1",
			port: 8443,
			protocol: "tcp",
			services: ['shop "A"\\B'],
			healthy: true,
			durationMs: 1.5,
			turned: { healthy: 2, unhealthy: 2 },
		},
		{
			address: "2001:db8::1",
			port: 8443,
			protocol: "tcp",
			services: ['shop "A"\\B'],
			healthy: false,
			durationMs: 2000,
			turned: { healthy: 0, unhealthy: 1 },
		},
		{
			address: "10.1.0.3",
			port: 8443,
			protocol: "tcp",
			services: ['shop "A"\\B'],
			healthy: undefined,
			durationMs: undefined,
			turned: { healthy: 0, unhealthy: 0 },
		},
	],
	system: { cpuPercent: 12.5, memoryPercent: 48.25, diskPercent: 71 },
};

/** No firewall, no probes, no second poll yet, no traffic, a disk that could not be read. */
export const FIRST_POLL: Snapshot = {
	...FULL,
	dataPath: {
		...DATA_PATH,
		processed: { tcp: NOTHING, udp: NOTHING, sctp: NOTHING },
		requests: 0,
		errors: 0,
		services: DATA_PATH.services.map(({ service }) => ({
			service,
			...NOTHING,
			requests: 0,
			errors: 0,
			errorsBy: [],
			unattributedBytes: 0,
			retired: NOT_RETIRED,
			share: undefined,
			rps1mAvg: undefined,
			rps1mPeak: undefined,
		})),
		endpoints: [{ service: 'shop "A"\\B', dip: "10.1.0.1", bytes: 0, share: undefined }],
		newFlows: undefined,
		rates: undefined,
		lcus: undefined,
		firewall: [],
		firewallRules: 0,
		netfilter: undefined,
		evictedPairs: [],
	},
	health: undefined,
	system: { cpuPercent: undefined, memoryPercent: 48.25, diskPercent: undefined },
};

/** The data path could not be read. */
export const NO_DATA_PATH: Snapshot = { ...FULL, dataPath: undefined };

/** Anew for each renderer: their rows have just come. */
export function fullTables(): Tables {
	const shop = 'shop "A"\\B';
	return newTables(
		[
			{ labels: ["10.0.0.1:53/udp", "other", "unknown"], bytes: 2_000, packets: 20 },
			{ labels: [shop, "192.0.2.7", "10.1.0.1"], bytes: 9_007_199_254_740_892, packets: 591 },
			{ labels: [shop, "2001:db8:ffff:ffff::/64", "2001:db8::1"], bytes: 0, packets: 0 },
		],
		[
			{ labels: ["10.0.0.1:53/udp", "other"], bytes: 2_000, packets: 20 },
			{ labels: [shop, "192.0.2.7"], bytes: 9_007_199_254_740_991, packets: 600 },
		],
	);
}

export function emptyTables(): Tables {
	return newTables([], []);
}

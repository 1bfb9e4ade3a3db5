/** A list of services applied while the programs run: what it takes, and how long it holds the event loop at a time. */

import { BpfObject, SERVICE_LISTS_OBJECT } from "../src/bpf/object.ts";
import { countServices } from "../src/commands/count-services.ts";
import type { Discovered } from "../src/discovery/discovery.ts";
import { keptLists } from "../src/discovery/kept-lists.ts";
import { mergeServices } from "../src/discovery/merge.ts";
import { runInSlices } from "../src/discovery/run-in-slices.ts";
import { createLog } from "../src/log.ts";
import { createDataPathSource } from "../src/sources/data-path.ts";
import { openDataPath } from "../src/sources/open-data-path.ts";
import type { Figure, Result } from "./figure.ts";
import { spreadOf } from "./median.ts";
import { type Sliced, slicesOf } from "./slices.ts";

const SERVICES = 5000;
const ENDPOINTS = 10;
const ROUNDS = 7;
const GOAL = { wholeMs: 1000, sliceMs: 10 };

export const APPLY: Figure = {
	name: "apply",
	async measure() {
		const taken: Record<string, Sliced[]> = {
			"all new": [],
			"one in ten others": [],
			"the same": [],
			"none left": [],
			"kept for the next run": [],
		};
		for (let round = 0; round < ROUNDS; round++) {
			for (const [what, sliced] of Object.entries(await measureOnce())) taken[what]?.push(sliced);
		}
		return Object.entries(taken).flatMap(([what, all]) => resultsOf(what, all));
	},
};

function resultsOf(what: string, all: readonly Sliced[]): Result[] {
	const of = (field: keyof Sliced) => spreadOf(all.map((each) => each[field]));
	return [
		{
			title: `${SERVICES} services of ${ENDPOINTS} endpoints, ${what}`,
			unit: "ms",
			spread: of("durationMs"),
			goal: { atMost: GOAL.wholeMs },
		},
		{
			title: "  longest slice on the event loop",
			unit: "ms",
			spread: of("longestMs"),
		},
		{
			title: "  of a CPU",
			unit: "ms",
			spread: of("longestCpuMs"),
			goal: { atMost: GOAL.sliceMs },
		},
	];
}

async function measureOnce(): Promise<Record<string, Sliced>> {
	const object = openDataPath({
		services: [],
		limits: { flows: 1024, pairs: 1024, services: 2 * SERVICES, clientPrefix: { ipv4: 32, ipv6: 128 } },
		timeouts: { tcpHandshakeMs: 1e4, tcpEstablishedMs: 1e4, tcpClosingMs: 1e4, udpMs: 1e4, sctpMs: 1e4 },
	});
	const memory = new BpfObject(SERVICE_LISTS_OBJECT);
	const source = createDataPathSource(object, [], {
		now: () => performance.now(),
		neighbours: () => [],
		firewall: async () => ({ firewall: [], firewallRules: 0, netfilter: undefined }),
		interfaces: () => [],
	});
	const counted = countServices({ source }, [], createLog("error"));
	const apply = (list: readonly Discovered[]) =>
		slicesOf(async () => counted.apply(await runInSlices(mergeServices([[], list]))));
	try {
		const lists = keptLists(memory);
		const last = new Map([["kubernetes", servicesFrom(0)]]);
		return {
			"all new": await apply(servicesFrom(0)),
			"one in ten others": await apply(servicesFrom(SERVICES / 10)),
			"the same": await apply(servicesFrom(SERVICES / 10)),
			"none left": await apply([]),
			"kept for the next run": await slicesOf(() => lists.save(last)),
		};
	} finally {
		object.close();
		memory.close();
	}
}

function servicesFrom(first: number): Discovered[] {
	return Array.from({ length: SERVICES }, (_, i) => service(first + i));
}

function service(i: number): Discovered {
	const byte = (shift: number) => (i >> shift) & 255;
	const endpoints = Array.from({ length: ENDPOINTS }, (_, e) => ({
		address: `10.${e}.${byte(8)}.${byte(0)}`,
		port: 8080,
	}));
	const healthy = new Map(endpoints.map(({ address, port }) => [`${address}:${port}`, true]));
	const origin = { namespace: "shop", name: `service-${i}`, type: "ClusterIP" };
	const vip = `10.200.${byte(8)}.${byte(0)}`;
	return {
		...origin,
		service: { label: `shop/service-${i}`, vip, port: 1 + (i % 60_000), protocol: "tcp", endpoints },
		healthy,
	};
}

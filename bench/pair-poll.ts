/** The pair table of the exporter over real rows, without the rest of it. */
import { defaultConfig } from "../src/config/schema.ts";
import type { PairTable } from "../src/model/pair-table.ts";
import { createDataPathSource } from "../src/sources/data-path.ts";
import { openDataPath } from "../src/sources/open-data-path.ts";
import { type ChangingPairs, fillPairs } from "./changing-pairs.ts";
import { findPairMaps } from "./pairs.ts";
import { milliseconds } from "./rounds.ts";

const SERVICE = { label: "web", vip: "10.99.0.1", port: 80, protocol: "tcp", endpoints: [] } as const;

export interface PairPoll {
	readonly table: PairTable;
	/** Changes the rows, then reads and counts them in one slice; gives the ms that this took. */
	poll(change: keyof ChangingPairs): Promise<number>;
	close(): void;
}

export async function openPairPoll(pairs: number): Promise<PairPoll> {
	const limits = { ...defaultConfig.limits, pairs };
	const object = openDataPath({ ...defaultConfig, services: [SERVICE], limits });
	const { table } = createDataPathSource(object, [SERVICE], {
		now: () => performance.now(),
		neighbours: () => [],
		firewall: async () => ({ firewall: [], firewallRules: 0, netfilter: undefined }),
		interfaces: () => [],
	});
	const changing = fillPairs(
		findPairMaps((name) => object.map(name)),
		pairs,
	);
	const poll = (change: keyof ChangingPairs) => {
		changing[change]();
		return milliseconds(async () => {
			table.begin([SERVICE.label]);
			table.count(0, pairs);
			await table.end();
		});
	};
	await poll("count");
	return { table, poll, close: () => object.close() };
}

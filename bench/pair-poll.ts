/** The pair table of the exporter over a real map, without the rest of it. */
import { type MapDescription, readBatches } from "../src/bpf/map.ts";
import { defaultConfig } from "../src/config/schema.ts";
import type { RowBatch } from "../src/model/pair-format.ts";
import type { PairTable } from "../src/model/pair-table.ts";
import { createDataPathSource } from "../src/sources/data-path.ts";
import { openDataPath } from "../src/sources/open-data-path.ts";
import { type ChangingPairs, fillPairs } from "./changing-pairs.ts";

const SERVICE = { label: "web", vip: "10.99.0.1", port: 80, protocol: "tcp", endpoints: [] } as const;

export interface PairPoll {
	readonly table: PairTable;
	/** Changes the map, reads it and counts its rows; gives the ms that the counting took. */
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
	const map = object.map("pairs");
	const changing = fillPairs(map, pairs);
	const held = { keys: Buffer.alloc(0), values: Buffer.alloc(0) };
	const poll = (change: keyof ChangingPairs) => {
		changing[change]();
		return countAll(map, table, held);
	};
	await poll("count");
	return { table, poll, close: () => object.close() };
}

/** The batches are where the kernel would have put them: in the same two Buffers each time. */
async function countAll(
	map: MapDescription,
	table: PairTable,
	held: { keys: Buffer; values: Buffer },
): Promise<number> {
	const batches = await copyBatches(map);
	const begin = performance.now();
	table.begin([SERVICE.label]);
	let takenMs = performance.now() - begin;
	for (const batch of batches) {
		if (held.keys.length < batch.keys.length) held.keys = Buffer.from(new ArrayBuffer(batch.keys.length));
		if (held.values.length < batch.values.length)
			held.values = Buffer.from(new ArrayBuffer(batch.values.length));
		batch.keys.copy(held.keys);
		batch.values.copy(held.values);
		const start = performance.now();
		table.count({ count: batch.count, ...held });
		takenMs += performance.now() - start;
	}
	const start = performance.now();
	await table.end();
	return takenMs + performance.now() - start;
}

async function copyBatches(map: MapDescription): Promise<RowBatch[]> {
	const batches: RowBatch[] = [];
	await readBatches(map, ({ count, keys, values, keySize, valueStride }) => {
		const copy = { keys: keys.subarray(0, count * keySize), values: values.subarray(0, count * valueStride) };
		batches.push({ count, keys: Buffer.from(copy.keys), values: Buffer.from(copy.values) });
	});
	return batches;
}

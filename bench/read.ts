/**
 * Reading all pairs: in place, as lbscope does; and the same rows in a hash table by batch, as others have to, and as it
 * does where it must: against C, and against cilium/ebpf.
 */
import { type MapDescription, readBatches } from "../src/bpf/map.ts";
import { mapArray } from "../src/bpf/mapped-array.ts";
import type { BpfObject } from "../src/bpf/object.ts";
import { whilePinned } from "./bpffs.ts";
import { fillPairs } from "./changing-pairs.ts";
import type { Figure, Result } from "./figure.ts";
import { spreadOf } from "./median.ts";
import { bindLayouts, findPairMaps, loadTables, writeCounts, writeKey, writeRows } from "./pairs.ts";
import { type Peer, startBuilt } from "./peer.ts";
import { inTurns, milliseconds, ratioOf } from "./rounds.ts";

const ROUNDS = 9;

/** Rows that are copied together, as in count-rows.ts. */
const GROUP = 1024;

export const READ: Figure = {
	name: "read",
	async measure({ pairs }) {
		const object = loadTables({ pairs, flows: 16, others: pairs });
		try {
			fillPairs(
				findPairMaps((name) => object.map(name)),
				pairs,
			);
			const hash = fillHash(object, pairs);
			const inPlace = copierOf(object.map("pair_rows"));
			return await whilePinned(hash, (path) => compare(inPlace, hash, pairs, path));
		} finally {
			object.close();
		}
	},
};

/** Of the maps of the data path the one whose rows are the same: a key and what it has counted. */
function fillHash(object: BpfObject, pairs: number): MapDescription {
	const map = object.map("others");
	const { pairKey, traffic } = bindLayouts(object.structs);
	const [keys, values] = [Buffer.alloc(pairs * map.keySize), Buffer.alloc(pairs * map.valueSize)];
	for (let pair = 0; pair < pairs; pair++) {
		writeKey(keys, pair * map.keySize, pair, pairKey);
		writeCounts(values, pair * map.valueSize, pair, 1, traffic);
	}
	writeRows(map, keys, values);
	return map;
}

function copierOf(map: MapDescription): () => void {
	const words = mapArray(map);
	const held = new Uint32Array((GROUP * map.valueSize) / 4);
	return () => {
		for (let at = 0; at < words.length; at += held.length) held.set(words.subarray(at, at + held.length));
	};
}

async function compare(
	inPlace: () => void,
	hash: MapDescription,
	pairs: number,
	path: string,
): Promise<Result[]> {
	const [c, go] = [startBuilt("read-pairs", path), startBuilt("read-pairs-go", path)];
	try {
		const taken = await inTurns(ROUNDS, {
			inPlace: () => milliseconds(inPlace),
			lbscope: () => milliseconds(async () => expectRows(await readBatches(hash, () => {}), pairs)),
			c: () => ask(c, "", pairs),
			batch: () => ask(go, "batch", pairs),
			iterate: () => ask(go, "iterate", pairs),
		});
		return [
			{ title: "read all pairs, in place", unit: "ms", spread: spreadOf(taken.inPlace) },
			{ title: "the same of a hash table, by batch", unit: "ms", spread: spreadOf(taken.lbscope) },
			{ title: "  the same calls from C", unit: "ms", spread: spreadOf(taken.c) },
			against("by batch: lbscope / C", taken.lbscope, taken.c, { atMost: 1.1 }),
			against("by batch: cilium/ebpf BatchLookup / lbscope", taken.batch, taken.lbscope, { atLeast: 2 }),
			against("cilium/ebpf Iterate / lbscope by batch", taken.iterate, taken.lbscope, { atLeast: 8 }),
			{ title: "C by batch / lbscope in place", unit: "", spread: ratioOf(taken.c, taken.inPlace) },
		];
	} finally {
		await c.stop();
		await go.stop();
	}
}

async function ask(peer: Peer, line: string, pairs: number): Promise<number> {
	const [taken = Number.NaN, rows = 0] = await peer.ask(line);
	expectRows(rows, pairs);
	return taken;
}

function expectRows(rows: number, expected: number): void {
	if (rows !== expected) throw new Error(`Cannot compare: ${rows} rows were read, expected ${expected}`);
}

function against(
	title: string,
	values: readonly number[],
	to: readonly number[],
	goal: NonNullable<Result["goal"]>,
): Result {
	return { title, unit: "", spread: ratioOf(values, to), goal };
}

/** Reading the pair map, against the same system calls from C, and against cilium/ebpf. */
import { type MapDescription, readBatches } from "../src/bpf/map.ts";
import { whilePinned } from "./bpffs.ts";
import type { Figure, Result } from "./figure.ts";
import { spreadOf } from "./median.ts";
import { loadTables, makePairs, writePairs } from "./pairs.ts";
import { type Peer, startBuilt } from "./peer.ts";
import { inTurns, milliseconds, ratioOf } from "./rounds.ts";

const ROUNDS = 9;

export const READ: Figure = {
	name: "read",
	async measure({ pairs }) {
		const object = loadTables({ pairs, flows: 16 });
		try {
			const map = object.map("pairs");
			writePairs(map, makePairs(object.structs, 0, pairs));
			return await whilePinned(map, (path) => compare(map, pairs, path));
		} finally {
			object.close();
		}
	},
};

async function compare(map: MapDescription, pairs: number, path: string): Promise<Result[]> {
	const [c, go] = [startBuilt("read-pairs", path), startBuilt("read-pairs-go", path)];
	try {
		const taken = await inTurns(ROUNDS, {
			lbscope: () => milliseconds(async () => expectRows(await readBatches(map, () => {}), pairs)),
			c: () => ask(c, "", pairs),
			batch: () => ask(go, "batch", pairs),
			iterate: () => ask(go, "iterate", pairs),
		});
		return [
			{ title: "read all pairs", unit: "ms", spread: spreadOf(taken.lbscope) },
			{ title: "the same calls from C", unit: "ms", spread: spreadOf(taken.c) },
			against("lbscope / C", taken.lbscope, taken.c, { atMost: 1.1 }),
			against("cilium/ebpf BatchLookup / lbscope", taken.batch, taken.lbscope, { atLeast: 2 }),
			against("cilium/ebpf Iterate / lbscope", taken.iterate, taken.lbscope, { atLeast: 8 }),
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

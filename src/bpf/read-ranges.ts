/** Some rows of a large array: those that are wanted, in as few calls as their places allow. */
import { indexKey } from "./map.ts";
import type { MapDescription, MapRows } from "./map-shape.ts";
import { allocateBatch, fill, fillAside } from "./row-batch.ts";

/** Rows of one call, as in read-batches.ts. */
const BATCH_ROWS = 4096;
/** What is wanted is looked for by so many rows: between two calls for less, the rows are read as well. */
const BLOCK = 32;
/** Fewer rows are not worth a hop to a thread. */
const AT_ONCE = 256;
/** Rows that are read in a slice, where each call is for few. */
const SLICE_ROWS = 8192;

/** `visit`: `first` is the number of the first row. The buffers are only valid until it returns. */
export async function readWanted(
	map: MapDescription,
	isWanted: (from: number, to: number) => boolean,
	visit: (rows: MapRows, first: number) => void,
): Promise<void> {
	const batch = allocateBatch(map, BATCH_ROWS);
	let inSlice = 0;
	for (const { from, to } of ranges(map.maxEntries, isWanted)) {
		const part = { ...batch, capacity: to - from };
		const position = from === 0 ? null : indexKey(from - 1);
		if (to - from > AT_ONCE) await fillAside(map, part, position);
		else fill(map, part, position);
		visit(part.rows, from);
		inSlice += to - from;
		if (inSlice < SLICE_ROWS) continue;
		inSlice = 0;
		await new Promise((resolve) => setImmediate(resolve));
	}
}

function* ranges(length: number, isWanted: (from: number, to: number) => boolean) {
	let from = -1;
	for (let at = 0; at < length; at += BLOCK) {
		const end = Math.min(at + BLOCK, length);
		const wanted = isWanted(at, end);
		if (wanted && from < 0) from = at;
		if (from < 0 || (wanted && end - from < BATCH_ROWS && end < length)) continue;
		yield { from, to: wanted ? end : at };
		from = -1;
	}
}

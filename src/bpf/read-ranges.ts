/** Some rows of a large array: those that are wanted, in as few calls as their places allow. */
import { BATCH_ROWS, withBatches } from "./kept-batches.ts";
import { indexKey } from "./map.ts";
import type { MapDescription, MapRows } from "./map-shape.ts";
import { fill, fillAside, type RowBatch } from "./row-batch.ts";

/** What is wanted is looked for by so many rows: between two calls for less, the rows are read as well. */
const BLOCK = 32;
/** Fewer rows are not worth a hop to a thread. */
const AT_ONCE = 256;
/** Rows that are read in a slice, where each call is for few. */
const SLICE_ROWS = 8192;

interface Range {
	readonly from: number;
	readonly to: number;
}

type IsWanted = (from: number, to: number) => boolean;
/** `first` is the number of the first row. */
type Visit = (rows: MapRows, first: number) => void;

/** The buffers are only valid until `visit` returns: while it has some rows, the kernel writes the next ones. */
export function readWanted(map: MapDescription, isWanted: IsWanted, visit: Visit): Promise<void> {
	return withBatches(map, ([first, second]) => {
		const wanted = ranges(map.maxEntries, isWanted);
		return second ? readAside(map, first, second, wanted, visit) : readAtOnce(map, first, wanted, visit);
	});
}

function readAtOnce(map: MapDescription, batch: RowBatch, wanted: Iterable<Range>, visit: Visit): void {
	for (const range of wanted) {
		const part = partOf(batch, range);
		fill(map, part, positionOf(range));
		visit(part.rows, range.from);
	}
}

async function readAside(
	map: MapDescription,
	first: RowBatch,
	second: RowBatch,
	wanted: Iterable<Range>,
	visit: Visit,
): Promise<void> {
	let [next, other] = [first, second];
	let visitLast = () => {};
	let inSlice = 0;
	for (const range of wanted) {
		const part = partOf(next, range);
		const filling = fillRange(map, part, range);
		try {
			visitLast();
		} finally {
			// Also when the visit fails: the kernel still writes.
			await filling;
		}
		visitLast = () => visit(part.rows, range.from);
		[next, other] = [other, next];
		// A hop to a thread is a pause as well.
		inSlice = filling ? 0 : inSlice + part.capacity;
		if (inSlice < SLICE_ROWS) continue;
		inSlice = 0;
		await new Promise((resolve) => setImmediate(resolve));
	}
	visitLast();
}

function fillRange(map: MapDescription, part: RowBatch, range: Range): Promise<void> | undefined {
	if (part.capacity > AT_ONCE) return fillAside(map, part, positionOf(range));
	fill(map, part, positionOf(range));
	return undefined;
}

/** In the buffers of the batch. */
function partOf(batch: RowBatch, { from, to }: Range): RowBatch {
	return { ...batch, capacity: to - from };
}

/** A call goes on behind the row that it is given. */
function positionOf({ from }: Range): Buffer | null {
	return from === 0 ? null : indexKey(from - 1);
}

function* ranges(length: number, isWanted: IsWanted): Iterable<Range> {
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

/** Maps by batch, in buffers that are kept between polls. */
import type { MapDescription, MapRows } from "./map-shape.ts";
import { allocateBatch, fill, fillAside, type RowBatch } from "./row-batch.ts";

/** Rows of one call: larger batches are no faster and hold the event loop for longer. */
const BATCH_ROWS = 4096;

/** Kept between polls: a map is read again and again. */
interface Reader {
	readonly batches: [RowBatch, RowBatch | undefined];
	isReading: boolean;
}

const readers = new WeakMap<MapDescription, Reader>();

/**
 * All rows, batch by batch; resolves with their number. The buffers are only valid until `visit` returns. A large map is
 * read aside: while `visit` has one batch, the kernel fills another. A map that changes meanwhile may give a row twice or
 * miss one that comes or goes; no value is torn from its key.
 */
export async function readBatches(map: MapDescription, visit: (rows: MapRows) => void): Promise<number> {
	const reader = readerOf(map);
	if (reader.isReading) throw new Error(`Cannot read map ${map.name}: it is being read, expected one reader`);
	reader.isReading = true;
	try {
		const [first, second] = reader.batches;
		return second ? await readAside(map, first, second, visit) : readAtOnce(map, first, visit);
	} finally {
		reader.isReading = false;
	}
}

function readerOf(map: MapDescription): Reader {
	const known = readers.get(map);
	if (known) return known;
	const isSmall = map.maxEntries <= BATCH_ROWS;
	// A row more than a small map has: the kernel says at once that there are no more.
	const first = allocateBatch(map, isSmall ? map.maxEntries + 1 : BATCH_ROWS);
	const reader: Reader = {
		batches: [first, isSmall ? undefined : allocateBatch(map, BATCH_ROWS)],
		isReading: false,
	};
	readers.set(map, reader);
	return reader;
}

/** What one call can hold is not worth a hop to a thread. A map that changes meanwhile may need a second one. */
function readAtOnce(map: MapDescription, batch: RowBatch, visit: (rows: MapRows) => void): number {
	let count = 0;
	let position: Buffer | null = null;
	do {
		fill(map, batch, position);
		if (batch.rows.count > 0) visit(batch.rows);
		count += batch.rows.count;
		position = batch.next;
	} while (!batch.isLast);
	return count;
}

async function readAside(
	map: MapDescription,
	first: RowBatch,
	second: RowBatch,
	visit: (rows: MapRows) => void,
): Promise<number> {
	let [full, other] = [first, second];
	let count = 0;
	await fillAside(map, full, null);
	for (;;) {
		const filling = full.isLast ? undefined : fillAside(map, other, full.next);
		try {
			if (full.rows.count > 0) visit(full.rows);
		} finally {
			// Also when the visit fails: the kernel still writes.
			await filling;
		}
		count += full.rows.count;
		if (full.isLast) return count;
		[full, other] = [other, full];
	}
}

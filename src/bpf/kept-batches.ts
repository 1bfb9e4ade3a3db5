/** Room for two batches of each map that is read again and again: while one is looked at, the kernel fills the other. */
import type { MapDescription } from "./map-shape.ts";
import { allocateBatch, type RowBatch } from "./row-batch.ts";

/** Rows of one call: larger batches are no faster and hold the event loop for longer. */
export const BATCH_ROWS = 4096;

/** No second one: the map is so small that one call reads it. */
export type Batches = readonly [RowBatch, RowBatch | undefined];

interface Reader {
	readonly batches: Batches;
	isReading: boolean;
}

/** Kept between polls. */
const readers = new WeakMap<MapDescription, Reader>();

/** @throws when the map is being read */
export async function withBatches<T>(
	map: MapDescription,
	read: (batches: Batches) => Promise<T> | T,
): Promise<T> {
	const reader = readerOf(map);
	if (reader.isReading) throw new Error(`Cannot read map ${map.name}: it is being read, expected one reader`);
	reader.isReading = true;
	try {
		return await read(reader.batches);
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

/** Maps by batch, in buffers that are kept between polls. */
import { withBatches } from "./kept-batches.ts";
import type { MapDescription, MapRows } from "./map-shape.ts";
import { fill, fillAside, type RowBatch } from "./row-batch.ts";

/**
 * All rows, batch by batch; resolves with their number. The buffers are only valid until `visit` returns. A large map is
 * read aside: while `visit` has one batch, the kernel fills another. A map that changes meanwhile may give a row twice or
 * miss one that comes or goes; no value is torn from its key.
 */
export function readBatches(map: MapDescription, visit: (rows: MapRows) => void): Promise<number> {
	return withBatches(map, ([first, second]) =>
		second ? readAside(map, first, second, visit) : readAtOnce(map, first, visit),
	);
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

/** Room for the rows of one bpf_map_lookup_batch(), and the call. */
import { check, ENOENT, ENOSPC, KernelError } from "./kernel-error.ts";
import { getLibbpf } from "./libbpf.ts";
import { type MapDescription, type MapRows, valueShape } from "./map-shape.ts";

export interface RowBatch {
	/** Rows that fit. */
	capacity: number;
	/** `count` of them were read. */
	rows: MapRows;
	/** Where the next batch begins: a u32 for hash tables and arrays, a key for tries. */
	readonly next: Buffer;
	/** Whether the map had no more rows. */
	isLast: boolean;
}

export function allocateBatch(map: MapDescription, capacity: number): RowBatch {
	const next = Buffer.alloc(Math.max(map.keySize, 4));
	return { capacity, rows: allocateRows(map, capacity), next, isLast: false };
}

/** Buffers of ArrayBuffers of their own: one from Node's pool may begin anywhere. */
export function allocateRows(map: MapDescription, capacity: number): MapRows {
	const shape = valueShape(map);
	const keys = Buffer.from(new ArrayBuffer(capacity * map.keySize));
	const values = Buffer.from(new ArrayBuffer(capacity * shape.valueStride));
	return { count: 0, keys, values, keySize: map.keySize, ...shape };
}

/** Reads the rows behind `position` (null: the first) while the event loop waits. */
export function fill(map: MapDescription, batch: RowBatch, position: Buffer | null): void {
	for (;;) {
		const count = [batch.capacity];
		const result: number = getLibbpf().bpf_map_lookup_batch(...argumentsOf(map, batch, position, count));
		if (take(map, batch, result, count)) return;
	}
}

/** koffi does not keep a Buffer alive during an asynchronous call: this does. */
const held = new Set<readonly (Buffer | null)[]>();

/** The same on a thread of its own: the event loop goes on. */
export async function fillAside(
	map: MapDescription,
	batch: RowBatch,
	position: Buffer | null,
): Promise<void> {
	for (;;) {
		const buffers = [batch.rows.keys, batch.rows.values, batch.next, position];
		held.add(buffers);
		try {
			const count = [batch.capacity];
			const result = await callAside(argumentsOf(map, batch, position, count));
			if (take(map, batch, result, count)) return;
		} finally {
			held.delete(buffers);
		}
	}
}

type Arguments = readonly [number, Buffer | null, Buffer, Buffer, Buffer, number[], null];

function argumentsOf(
	{ fd }: MapDescription,
	{ rows, next }: RowBatch,
	position: Buffer | null,
	count: number[],
): Arguments {
	return [fd, position, next, rows.keys, rows.values, count, null];
}

function callAside(values: Arguments): Promise<number> {
	return new Promise((resolve, reject) => {
		getLibbpf().bpf_map_lookup_batch.async(...values, (error: Error | null, result: number) => {
			if (error) reject(error);
			else resolve(result);
		});
	});
}

/** False: a hash bucket has more rows than fitted; the batch has grown, and nothing was read. */
function take(map: MapDescription, batch: RowBatch, result: number, [count = 0]: readonly number[]): boolean {
	if (result === -ENOSPC) {
		grow(map, batch);
		return false;
	}
	// Only with 0 and -ENOENT is the count what was read; after other errors it is what was asked for.
	if (result !== -ENOENT) check(result, `read map ${map.name}`);
	batch.rows = { ...batch.rows, count };
	batch.isLast = result === -ENOENT;
	return true;
}

/** No bucket has more rows than the map. */
function grow(map: MapDescription, batch: RowBatch): void {
	if (batch.capacity >= map.maxEntries) throw new KernelError(`read map ${map.name}`, ENOSPC);
	batch.capacity = Math.min(batch.capacity * 2, map.maxEntries);
	batch.rows = allocateRows(map, batch.capacity);
}

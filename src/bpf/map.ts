/** Maps: all rows, the first ones, single ones; per-CPU sums. */
import { check, ENOENT } from "./kernel-error.ts";
import { getLibbpf } from "./libbpf.ts";
import { type MapDescription, type MapRows, valueShape } from "./map-shape.ts";
import { readBatches } from "./read-batches.ts";
import { allocateBatch, allocateRows, fill } from "./row-batch.ts";
import { readS64 } from "./struct.ts";

export { type MapDescription, type MapRows, possibleCpus } from "./map-shape.ts";
export { readBatches } from "./read-batches.ts";
export { removeBatch, updateBatch } from "./write-batches.ts";

/** All rows, to keep. As with readBatches(), a map that changes meanwhile may give a row twice or miss one. */
export async function readAll(map: MapDescription): Promise<MapRows> {
	let all = allocateRows(map, 0);
	await readBatches(map, (rows) => {
		all = joined(map, all, rows);
	});
	return all;
}

function joined(map: MapDescription, all: MapRows, { count, keys, values }: MapRows): MapRows {
	const { keySize, valueStride } = all;
	const grown = withRoom(map, all, all.count + count);
	keys.copy(grown.keys, all.count * keySize, 0, count * keySize);
	values.copy(grown.values, all.count * valueStride, 0, count * valueStride);
	return { ...grown, count: all.count + count };
}

function withRoom(map: MapDescription, all: MapRows, needed: number): MapRows {
	if (all.keys.length >= needed * all.keySize) return all;
	const grown = allocateRows(map, Math.max(2 * all.count, needed));
	all.keys.copy(grown.keys);
	all.values.copy(grown.values);
	return grown;
}

/** The first `count` rows of an array, to keep: one call, while the event loop waits. */
export function readFirst(map: MapDescription, count: number): MapRows {
	const batch = allocateBatch(map, Math.min(count, map.maxEntries));
	if (batch.capacity > 0) fill(map, batch, null);
	return batch.rows;
}

/** The value of one key, or undefined when there is none. */
export function lookup(map: MapDescription, key: Buffer): Buffer | undefined {
	expectSize(map, "key", key.length, map.keySize);
	const value = Buffer.alloc(valueShape(map).valueStride);
	const result: number = getLibbpf().bpf_map_lookup_elem(map.fd, key, value);
	if (result === -ENOENT) return undefined;
	check(result, `read a row of map ${map.name}`);
	return value;
}

export function update(map: MapDescription, key: Buffer, value: Buffer): void {
	expectSize(map, "key", key.length, map.keySize);
	expectSize(map, "value", value.length, valueShape(map).valueStride);
	check(getLibbpf().bpf_map_update_elem(map.fd, key, value, 0), `write a row of map ${map.name}`);
}

/** Deletes a row; one that is not there is deleted already. */
export function remove(map: MapDescription, key: Buffer): void {
	expectSize(map, "key", key.length, map.keySize);
	const result: number = getLibbpf().bpf_map_delete_elem(map.fd, key);
	if (result !== -ENOENT) check(result, `delete a row of map ${map.name}`);
}

function expectSize(map: MapDescription, what: string, size: number, expected: number): void {
	if (size !== expected)
		throw new RangeError(`${what} of map ${map.name} has ${size} bytes, expected ${expected}`);
}

/** Sum over all CPUs of the number at `offset` of row `row`: one may take off what another has added. */
export function sumOverCpus(rows: MapRows, row: number, offset: number): number {
	let sum = 0;
	for (let cpu = 0; cpu < rows.cpus; cpu++) {
		sum += readS64(rows.values, row * rows.valueStride + cpu * rows.cpuStride + offset);
	}
	return sum;
}

export function indexKey(index: number): Buffer {
	const key = Buffer.alloc(4);
	key.writeUInt32LE(index);
	return key;
}

/** Maps: single rows, whole maps by batch, per-CPU sums. */
import { check, ENOENT, ENOSPC, KernelError } from "./kernel-error.ts";
import { getLibbpf } from "./libbpf.ts";
import { readU64 } from "./struct.ts";

/** Rows for one call: larger chunks are no faster and hold the event loop for longer. */
const FIRST_CHUNK = 4096;

/** From enum bpf_map_type: the types whose values come once per possible CPU. */
const PER_CPU_TYPES: readonly number[] = [5, 6, 10, 21];

export interface MapDescription {
	readonly name: string;
	readonly fd: number;
	/** enum bpf_map_type */
	readonly type: number;
	readonly keySize: number;
	readonly valueSize: number;
	readonly maxEntries: number;
}

/** `count` rows: row i has its key at i * keySize and its value at i * valueStride. */
export interface MapRows {
	readonly count: number;
	readonly keys: Buffer;
	readonly values: Buffer;
	readonly keySize: number;
	/** Bytes from one value to the next, all CPUs included. */
	readonly valueStride: number;
	/** Bytes from one CPU's value to the next; CPUs follow each other within a value. */
	readonly cpuStride: number;
	readonly cpus: number;
}

/** CPUs that the kernel may ever bring online: it writes one value for each, online or not. */
export function possibleCpus(): number {
	return check(getLibbpf().libbpf_num_possible_cpus(), "count the possible CPUs");
}

function valueShape(map: MapDescription): { valueStride: number; cpuStride: number; cpus: number } {
	if (!PER_CPU_TYPES.includes(map.type)) {
		return { valueStride: map.valueSize, cpuStride: map.valueSize, cpus: 1 };
	}
	const cpus = possibleCpus();
	const cpuStride = Math.ceil(map.valueSize / 8) * 8;
	return { valueStride: cpuStride * cpus, cpuStride, cpus };
}

/** All rows. A map that changes meanwhile may give a row twice or miss one that comes or goes; no value is torn from its key. */
export async function readAll(map: MapDescription): Promise<MapRows> {
	const shape = valueShape(map);
	let chunk = Math.min(FIRST_CHUNK, map.maxEntries);
	let keys: Buffer = Buffer.allocUnsafe(chunk * map.keySize);
	let values: Buffer = Buffer.allocUnsafe(chunk * shape.valueStride);
	let count = 0;
	let position: Buffer | null = null;
	for (;;) {
		keys = withRoom(keys, count * map.keySize, chunk * map.keySize);
		values = withRoom(values, count * shape.valueStride, chunk * shape.valueStride);
		const read = readChunk(
			map,
			position,
			keys.subarray(count * map.keySize),
			values.subarray(count * shape.valueStride),
			chunk,
		);
		if (read === "too small") {
			// A hash bucket with more rows than the chunk. No bucket has more than the map.
			if (chunk >= map.maxEntries) throw new KernelError(`read map ${map.name}`, ENOSPC);
			chunk = Math.min(chunk * 2, map.maxEntries);
			continue;
		}
		count += read.count;
		position = read.position;
		if (read.last) return { count, keys, values, keySize: map.keySize, ...shape };
		await new Promise((resolve) => setImmediate(resolve));
	}
}

function readChunk(
	map: MapDescription,
	position: Buffer | null,
	keys: Buffer,
	values: Buffer,
	chunk: number,
) {
	const count = [chunk];
	/** The kernel writes a u32 for hash tables and arrays, a key for tries. */
	const next = Buffer.alloc(Math.max(map.keySize, 4));
	const result: number = getLibbpf().bpf_map_lookup_batch(map.fd, position, next, keys, values, count, null);
	if (result === -ENOSPC) return "too small";
	// Only with 0 and -ENOENT is the count what was read; after other errors it is what was asked for.
	if (result !== -ENOENT) check(result, `read map ${map.name}`);
	return { count: count[0] ?? 0, position: next, last: result === -ENOENT };
}

function withRoom(buffer: Buffer, used: number, room: number): Buffer {
	if (buffer.length >= used + room) return buffer;
	const grown = Buffer.allocUnsafe(Math.max(buffer.length * 2, used + room));
	buffer.copy(grown, 0, 0, used);
	return grown;
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

/** Sum over all CPUs of the u64 at `offset` of row `row`. */
export function sumOverCpus(rows: MapRows, row: number, offset: number): number {
	let sum = 0;
	for (let cpu = 0; cpu < rows.cpus; cpu++) {
		sum += readU64(rows.values, row * rows.valueStride + cpu * rows.cpuStride + offset);
	}
	return sum;
}

export function indexKey(index: number): Buffer {
	const key = Buffer.alloc(4);
	key.writeUInt32LE(index);
	return key;
}

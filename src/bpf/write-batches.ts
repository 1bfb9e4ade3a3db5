/** Many rows of a map written or deleted by one call, while the event loop waits. */
import { adviceFor, E2BIG, ENOENT, KernelError } from "./kernel-error.ts";
import { getLibbpf } from "./libbpf.ts";
import { type MapDescription, valueShape } from "./map-shape.ts";

/** Row i has its key at i * keySize and its value at i * valueStride. When one cannot be written, those before it are. */
export function updateBatch(
	map: MapDescription,
	keys: Buffer,
	values: Buffer,
	count: number,
	flags = 0,
): void {
	expectRoom(map, "keys", keys, count * map.keySize);
	expectRoom(map, "values", values, count * valueShape(map).valueStride);
	if (count === 0) return;
	const options = batchOptions(flags);
	const result: number = getLibbpf().bpf_map_update_batch(map.fd, keys, values, [count], options);
	if (result === 0) return;
	const advice = result === -E2BIG ? `expected no more than ${map.maxEntries} in it` : adviceFor(-result);
	throw new KernelError(`write ${count} rows to map ${map.name}`, -result, advice);
}

/** Deletes the rows of `count` keys; those that are not there are deleted already. */
export function removeBatch(map: MapDescription, keys: Buffer, count: number): void {
	expectRoom(map, "keys", keys, count * map.keySize);
	for (let done = 0; done < count; done++) {
		const left = [count - done];
		const from = keys.subarray(done * map.keySize);
		const result: number = getLibbpf().bpf_map_delete_batch(map.fd, from, left, batchOptions(0));
		if (result === 0) return;
		if (result !== -ENOENT) throw new KernelError(`delete ${count} rows of map ${map.name}`, -result);
		// Stopped at a key that is not there: on behind it.
		done += left[0] ?? 0;
	}
}

/** koffi checks no bounds. */
function expectRoom(map: MapDescription, what: string, buffer: Buffer, bytes: number): void {
	if (buffer.length >= bytes) return;
	throw new RangeError(
		`Cannot take ${what} of map ${map.name}: ${buffer.length} bytes, expected ${bytes} or more`,
	);
}

const OPTIONS_BYTES = 24;

/** struct bpf_map_batch_opts of libbpf: sz, elem_flags, flags. */
function batchOptions(flags: number): Buffer {
	const options = Buffer.alloc(OPTIONS_BYTES);
	options.writeUInt32LE(OPTIONS_BYTES, 0);
	options.writeUInt32LE(flags, 8);
	return options;
}

/** What the kernel takes for a map, as it reckons itself for fdinfo (map_mem_usage in kernel/bpf/hashtab.c, arraymap.c). */
import type { DescribedMap } from "../bpf/describe.ts";

/** enum bpf_map_type */
const TYPE = { hash: 1, array: 2, perCpuHash: 5, perCpuArray: 6, lruHash: 9, lruPerCpuHash: 10 } as const;
const PER_CPU: readonly number[] = [TYPE.perCpuHash, TYPE.perCpuArray, TYPE.lruPerCpuHash];
const ARRAYS: readonly number[] = [TYPE.array, TYPE.perCpuArray];
/** struct htab_elem before the key, and struct bucket. */
const ROW_BYTES = 48;
const BUCKET_BYTES = 16;
const POINTER_BYTES = 8;

/** When it is full. */
export function mapBytes({ type, keySize, valueSize, maxEntries }: DescribedMap, cpus: number): number {
	const value = align8(valueSize);
	const values = PER_CPU.includes(type) ? POINTER_BYTES + value * cpus : value;
	if (ARRAYS.includes(type)) return values * maxEntries;
	const buckets = 2 ** Math.ceil(Math.log2(Math.max(1, maxEntries)));
	return BUCKET_BYTES * buckets + (ROW_BYTES + align8(keySize) + values) * maxEntries;
}

function align8(bytes: number): number {
	return Math.ceil(bytes / 8) * 8;
}

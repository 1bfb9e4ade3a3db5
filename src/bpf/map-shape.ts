/** What a map is, and how its rows lie in memory. */
import { check } from "./kernel-error.ts";
import { getLibbpf } from "./libbpf.ts";

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

export interface ValueShape {
	/** Bytes from one value to the next, all CPUs included. */
	readonly valueStride: number;
	/** Bytes from one CPU's value to the next; CPUs follow each other within a value. */
	readonly cpuStride: number;
	readonly cpus: number;
}

/** `count` rows: row i has its key at i * keySize and its value at i * valueStride. Both Buffers begin at a multiple of 8. */
export interface MapRows extends ValueShape {
	readonly count: number;
	readonly keys: Buffer;
	readonly values: Buffer;
	readonly keySize: number;
}

/** CPUs that the kernel may ever bring online: it writes one value for each, online or not. */
export function possibleCpus(): number {
	return check(getLibbpf().libbpf_num_possible_cpus(), "count the possible CPUs");
}

type Shaped = Pick<MapDescription, "type" | "valueSize">;

/** `cpus`: of another machine. */
export function valueShape({ type, valueSize }: Shaped, cpus?: number): ValueShape {
	if (!PER_CPU_TYPES.includes(type)) return { valueStride: valueSize, cpuStride: valueSize, cpus: 1 };
	const values = cpus ?? possibleCpus();
	const cpuStride = Math.ceil(valueSize / 8) * 8;
	return { valueStride: cpuStride * values, cpuStride, cpus: values };
}

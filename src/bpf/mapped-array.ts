/** Rows of an array in place: to read them takes no call, and they change while they are read. */
import koffi from "koffi";
import { KernelError } from "./kernel-error.ts";
import { getLibc } from "./libbpf.ts";
import type { MapDescription } from "./map-shape.ts";

const PROT_READ = 1;
const MAP_SHARED = 1;
const MAP_FAILED = 2n ** 64n - 1n;
/** The kernel pads each value to a multiple of this. */
const ALIGNMENT = 8;

/**
 * All rows of an array with BPF_F_MMAPABLE, one behind the other. The mapping outlives the descriptor, and is there as
 * long as the array is, or a part of it.
 */
export function mapArray({ name, fd, valueSize, maxEntries }: MapDescription): Uint32Array<ArrayBuffer> {
	if (valueSize % ALIGNMENT !== 0)
		throw new RangeError(
			`Cannot map map ${name}: its values have ${valueSize} bytes, expected a multiple of ${ALIGNMENT}`,
		);
	const bytes = valueSize * maxEntries;
	const { mmap } = getLibc();
	const address: bigint = mmap(null, bytes, PROT_READ, MAP_SHARED, fd, 0);
	if (address === MAP_FAILED) throw new KernelError(`map map ${name}`, koffi.errno());
	const buffer = koffi.view(address, bytes);
	mappings.register(buffer, { address, bytes });
	return new Uint32Array(buffer);
}

/** Rounded up to pages by the kernel, like the length of the mapping. */
interface Mapping {
	readonly address: bigint;
	readonly bytes: number;
}

/** V8 frees no memory that it has not allocated. */
const mappings = new FinalizationRegistry<Mapping>(({ address, bytes }) => getLibc().munmap(address, bytes));

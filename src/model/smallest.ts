/**
 * The smallest of many numbers, without sorting: as floats of equal sign are ordered as their bits are, counting them by
 * their highest 16 bits decides about all but those of one class, and the next 16 bits decide about these.
 */
import { inEqualSlices } from "./in-slices.ts";

const CLASSES = 2 ** 16;
const PER_SLICE = 65_536;

/** Positions of the `count` smallest numbers, none of them negative; of equal ones the first. In no order. */
export async function positionsOfSmallest(numbers: Float64Array, count: number): Promise<Uint32Array> {
	const taken = new Uint32Array(Math.min(count, numbers.length));
	let takenCount = 0;
	const take = (positions: Uint32Array) => {
		taken.set(positions.subarray(0, taken.length - takenCount), takenCount);
		takenCount = Math.min(takenCount + positions.length, taken.length);
	};
	const parts = new Uint16Array(numbers.buffer, numbers.byteOffset, 4 * numbers.length);
	/** Positions; undefined: all. */
	let undecided: Uint32Array | undefined;
	// Little-endian: the highest part is the last.
	for (let part = 3; part >= 0; part--) {
		const sizes = await countByPart(parts, part, undecided);
		const last = lastClass(sizes, taken.length - takenCount);
		const { below, equal } = await splitByPart(parts, part, undecided, { sizes, last });
		take(below);
		undecided = equal;
	}
	if (undecided) take(undecided);
	return taken;
}

/** How many numbers have which 16 bits there. */
async function countByPart(parts: Uint16Array, part: number, positions: Uint32Array | undefined) {
	const sizes = new Uint32Array(CLASSES);
	await inEqualSlices(positions?.length ?? parts.length / 4, PER_SLICE, (from, to) => {
		for (let i = from; i < to; i++) {
			const position = positions === undefined ? i : (positions[i] as number);
			const bits = parts[4 * position + part] as number;
			sizes[bits] = (sizes[bits] as number) + 1;
		}
	});
	return sizes;
}

/** The class up to which there are `count` numbers. */
function lastClass(sizes: Uint32Array, count: number): number {
	let last = 0;
	for (let sum = sizes[0] as number; sum < count; sum += sizes[last] as number) last++;
	return last;
}

async function splitByPart(
	parts: Uint16Array,
	part: number,
	positions: Uint32Array | undefined,
	{ sizes, last }: { readonly sizes: Uint32Array; readonly last: number },
) {
	const below = new Uint32Array(sizes.subarray(0, last).reduce((sum, size) => sum + size, 0));
	const equal = new Uint32Array(sizes[last] as number);
	const filled = { below: 0, equal: 0 };
	await inEqualSlices(positions?.length ?? parts.length / 4, PER_SLICE, (from, to) => {
		let { below: belowCount, equal: equalCount } = filled;
		for (let i = from; i < to; i++) {
			const position = positions === undefined ? i : (positions[i] as number);
			const bits = parts[4 * position + part] as number;
			if (bits < last) below[belowCount++] = position;
			else if (bits === last) equal[equalCount++] = position;
		}
		filled.below = belowCount;
		filled.equal = equalCount;
	});
	return { below, equal };
}

/**
 * The smallest of many numbers, without sorting: as floats of equal sign are ordered as their bits are, counting them by
 * their highest 16 bits decides about all but those of one class, and the next 16 bits decide about these.
 */
import { inEqualSlices } from "./in-slices.ts";

const CLASSES = 2 ** 16;
const PER_SLICE = 65_536;
/** Of the four 16-bit parts of a number. Little-endian: the highest is the last. */
const HIGHEST = 3;

/** How many numbers have which highest 16 bits: counted by whoever writes the numbers, while they are at hand. */
export type ClassSizes = Uint32Array;

export function createClassSizes(): ClassSizes {
	return new Uint32Array(CLASSES);
}

/** Counts the numbers from `from` up to, not with, `to`. */
export function addToClasses(sizes: ClassSizes, numbers: Float64Array, from: number, to: number): void {
	countByPart(partsOf(numbers), HIGHEST, undefined, sizes, from, to);
}

/** Positions of the `count` smallest numbers, none of them negative; of equal ones the first. In no order. `sizes`: of all numbers. */
export async function positionsOfSmallest(
	numbers: Float64Array,
	count: number,
	sizes: ClassSizes,
): Promise<Uint32Array> {
	const taken = new Uint32Array(Math.min(count, numbers.length));
	let takenCount = 0;
	const take = (positions: Uint32Array) => {
		taken.set(positions.subarray(0, taken.length - takenCount), takenCount);
		takenCount = Math.min(takenCount + positions.length, taken.length);
	};
	const parts = partsOf(numbers);
	let split = await splitByPart(parts, HIGHEST, undefined, sizes, taken.length);
	for (let part = HIGHEST - 1; part >= 0; part--) {
		take(split.below);
		const undecided: Uint32Array = split.equal;
		const sizesOfPart = createClassSizes();
		await inEqualSlices(undecided.length, PER_SLICE, (from, to) =>
			countByPart(parts, part, undecided, sizesOfPart, from, to),
		);
		split = await splitByPart(parts, part, undecided, sizesOfPart, taken.length - takenCount);
	}
	take(split.below);
	take(split.equal);
	return taken;
}

function partsOf({ buffer, byteOffset, length }: Float64Array): Uint16Array {
	return new Uint16Array(buffer, byteOffset, 4 * length);
}

/** `positions`: of the numbers; undefined: all. */
function countByPart(
	parts: Uint16Array,
	part: number,
	positions: Uint32Array | undefined,
	sizes: ClassSizes,
	from: number,
	to: number,
): void {
	for (let i = from; i < to; i++) {
		const position = positions === undefined ? i : (positions[i] as number);
		const bits = parts[4 * position + part] as number;
		sizes[bits] = (sizes[bits] as number) + 1;
	}
}

interface Split {
	/** Positions of numbers that are among the `count` smallest for sure. */
	readonly below: Uint32Array;
	/** Positions of those of which only some are. */
	readonly equal: Uint32Array;
	belowCount: number;
	equalCount: number;
}

async function splitByPart(
	parts: Uint16Array,
	part: number,
	positions: Uint32Array | undefined,
	sizes: ClassSizes,
	count: number,
): Promise<Split> {
	const { last, belowCount } = lastClass(sizes, count);
	const [below, equal] = [new Uint32Array(belowCount), new Uint32Array(sizes[last] as number)];
	const split = { below, equal, belowCount: 0, equalCount: 0 };
	await inEqualSlices(positions?.length ?? parts.length / 4, PER_SLICE, (from, to) =>
		splitSlice(parts, part, positions, split, last, from, to),
	);
	return split;
}

/** The class up to which there are `count` numbers, and how many are in those below it. */
function lastClass(sizes: ClassSizes, count: number): { last: number; belowCount: number } {
	let last = 0;
	let belowCount = 0;
	while (belowCount + (sizes[last] as number) < count) belowCount += sizes[last++] as number;
	return { last, belowCount };
}

function splitSlice(
	parts: Uint16Array,
	part: number,
	positions: Uint32Array | undefined,
	split: Split,
	last: number,
	from: number,
	to: number,
): void {
	const { below, equal } = split;
	let { belowCount, equalCount } = split;
	for (let i = from; i < to; i++) {
		const position = positions === undefined ? i : (positions[i] as number);
		const bits = parts[4 * position + part] as number;
		if (bits < last) below[belowCount++] = position;
		else if (bits === last) equal[equalCount++] = position;
	}
	split.belowCount = belowCount;
	split.equalCount = equalCount;
}

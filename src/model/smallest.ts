/**
 * The smallest of many numbers, without sorting: as floats of equal sign are ordered as their bits are, counting them by
 * their highest 16 bits decides about all but those of one class, and the next 16 bits decide about these.
 */
import { inEqualSlices } from "./in-slices.ts";
import { createRowList } from "./row-list.ts";

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
	let undecided = await positionsOf(numbers);
	// Little-endian: the highest part is the last.
	for (let part = 3; part >= 0; part--) {
		const sizes = await countByPart(parts, part, undecided);
		const last = lastClass(sizes, taken.length - takenCount);
		const { below, equal } = await splitByPart(parts, part, undecided, last);
		take(below);
		undecided = equal;
	}
	take(undecided);
	return taken;
}

async function positionsOf(numbers: Float64Array): Promise<Uint32Array> {
	const positions = new Uint32Array(numbers.length);
	await inEqualSlices(positions.length, PER_SLICE, (from, to) => {
		for (let i = from; i < to; i++) positions[i] = i;
	});
	return positions;
}

/** How many numbers have which 16 bits there. */
async function countByPart(parts: Uint16Array, part: number, positions: Uint32Array): Promise<Uint32Array> {
	const sizes = new Uint32Array(CLASSES);
	await inEqualSlices(positions.length, PER_SLICE, (from, to) => {
		for (let i = from; i < to; i++) {
			const bits = parts[4 * (positions[i] as number) + part] as number;
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

async function splitByPart(parts: Uint16Array, part: number, positions: Uint32Array, last: number) {
	const [below, equal] = [createRowList(), createRowList()];
	await inEqualSlices(positions.length, PER_SLICE, (from, to) => {
		for (let i = from; i < to; i++) {
			const bits = parts[4 * (positions[i] as number) + part] as number;
			if (bits < last) below.push(positions[i] as number);
			else if (bits === last) equal.push(positions[i] as number);
		}
	});
	return { below: below.toArray(), equal: equal.toArray() };
}

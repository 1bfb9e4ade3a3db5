/**
 * The rows with the least weight of very many. A sample says up to which weight they are to be expected: so all but a
 * few are looked at once, and never again.
 */
import { inEqualSlices } from "./in-slices.ts";
import { addToClasses, createClassSizes, positionsOfSmallest } from "./smallest.ts";

/** Rows of the sample: of a million, the guess of a sixteenth is off by a fifteenth. */
const SAMPLE = 4096;
const ROWS_PER_SLICE = 65_536;
/** More than are wanted are expected below the guess, lest they be fewer: as much more, and so many of the sample. */
const MORE = { share: 1.2, rows: 16 };

export interface LightRows {
	/** Rows may be offered once, in any order. */
	offer(row: number, weight: number): void;
	/** Whether the `count` rows with the least weight are known. */
	suffice(count: number): boolean;
	/** These rows; of equal ones those that were offered first. */
	least(count: number): Promise<Least>;
}

export interface Least {
	readonly rows: Uint32Array;
	/** The greatest of their weights. */
	readonly greatest: number;
}

/** `most`: as many rows are asked for at most. `bound`: rows that weigh more are not kept. */
export function createLightRows(most: number, bound: number): LightRows {
	// Below 0 where more rows are free than are to be cleared.
	const room = Math.ceil(1.5 * Math.max(most, 0)) + SAMPLE;
	let rows = new Uint32Array(room);
	let weights = new Float64Array(room);
	let count = 0;
	let equal = 0;

	function grow(): void {
		const [oldRows, oldWeights] = [rows, weights];
		rows = new Uint32Array(2 * count);
		rows.set(oldRows);
		weights = new Float64Array(2 * count);
		weights.set(oldWeights);
	}

	return {
		offer(row, weight) {
			if (weight > bound) return;
			// In a flood nearly all weigh the same.
			if (weight === bound && equal++ >= most) return;
			if (count === rows.length) grow();
			rows[count] = row;
			weights[count++] = weight;
		},
		suffice: (wanted) => wanted <= count || bound === Number.POSITIVE_INFINITY,
		async least(wanted) {
			const sizes = createClassSizes();
			await inEqualSlices(count, ROWS_PER_SLICE, (from, to) => addToClasses(sizes, weights, from, to));
			const positions = await positionsOfSmallest(weights.subarray(0, count), Math.min(wanted, count), sizes);
			let greatest = 0;
			for (let i = 0; i < positions.length; i++) {
				const position = positions[i] as number;
				greatest = Math.max(greatest, weights[position] as number);
				positions[i] = rows[position] as number;
			}
			return { rows: positions, greatest };
		},
	};
}

/** A weight that more than `most` of the rows below `length` presumably do not exceed. `weigh` tells nothing of a row that has none. */
export function guessBound(
	length: number,
	most: number,
	weigh: (row: number, tell: (row: number, weight: number) => void) => void,
): number {
	const step = Math.ceil(length / SAMPLE);
	const sample = new Float64Array(SAMPLE);
	let count = 0;
	const take = (_: number, weight: number) => {
		sample[count++] = weight;
	};
	for (let row = 0; row < length; row += step) weigh(row, take);
	const rank = Math.ceil((MORE.share * most) / step) + MORE.rows;
	return rank < count ? (sample.subarray(0, count).sort()[rank] as number) : Number.POSITIVE_INFINITY;
}

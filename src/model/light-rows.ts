/**
 * The rows with the least weight of very many. A sample says up to which weight they are to be expected: so all but a
 * few are looked at once, and never again.
 */
import { inEqualSlices } from "./in-slices.ts";
import { addToClasses, createClassSizes, positionsOfSmallest } from "./smallest.ts";

/** Rows of the sample: of a million, the guess of a sixteenth is off by a fifteenth. */
const SAMPLE = 4096;
const ROWS_PER_SLICE = 65_536;
/** Where in its step a row of the sample stands: rows at equal distances may be of the same kind, as the clients of an endpoint. */
const GOLDEN = 0.618_033_988_749_895;
/** More than are wanted are expected below the guess, lest they be fewer: as much more, and so many of the sample. */
const MORE = { share: 1.2, rows: 16 };

export interface LightRows {
	/** `count` rows and the weight of each. Rows may be offered once, in any order. */
	offer(rows: Uint32Array, weights: Float64Array, count: number): void;
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
		offer(offered, their, offeredCount) {
			for (let i = 0; i < offeredCount; i++) {
				const weight = their[i] as number;
				// In a flood nearly all weigh the same.
				if (weight > bound || (weight === bound && equal++ >= most)) continue;
				if (count === rows.length) grow();
				rows[count] = offered[i] as number;
				weights[count++] = weight;
			}
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

/** A weight that more than `most` of the rows below `length` presumably do not exceed. `weightOf` gives undefined for a row that has none. */
export function guessBound(
	length: number,
	most: number,
	weightOf: (row: number) => number | undefined,
): number {
	const step = Math.ceil(length / SAMPLE);
	const sample = new Float64Array(SAMPLE);
	let count = 0;
	for (let from = 0, part = 0; from < length; from += step, part = (part + GOLDEN) % 1) {
		const row = from + Math.floor(part * step);
		const weight = row < length ? weightOf(row) : undefined;
		if (weight !== undefined) sample[count++] = weight;
	}
	const rank = Math.ceil((MORE.share * most) / step) + MORE.rows;
	return rank < count ? (sample.subarray(0, count).sort()[rank] as number) : Number.POSITIVE_INFINITY;
}

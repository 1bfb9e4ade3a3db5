/**
 * Lines of a table's series are as long as others whose labels have about the same length: so any of them fits where
 * another one stood. What a line is shorter is made up by zeros in front of its number.
 */
import { DIGITS } from "./digits.ts";

/** Words are four bytes, and a number stands where words begin. */
const STEP = 4;
/** Of a chunk: small enough to be copied at once, large enough that a page of 200 MB has few. */
const CHUNK_BYTES = 512 * 1024;
export const MAX_LINES = 8_192;

export interface LineShape {
	/** See classOf(). */
	readonly labelClass: number;
	/** Bytes from line to line, by family. */
	readonly strides: readonly number[];
	/** So many lines are one block. */
	readonly capacity: number;
}

/** Lines whose labels have the same class have the same shape. */
export function classOf(labelBytes: number): number {
	return Math.ceil(labelBytes / STEP);
}

export function lineShape(names: readonly string[], labelClass: number): LineShape {
	const strides = names.map((name) => {
		const longest = name.length + labelClass * STEP + "{} \n".length + DIGITS;
		return Math.ceil(longest / STEP) * STEP;
	});
	const capacity = Math.floor(CHUNK_BYTES / Math.max(...strides));
	return { labelClass, strides, capacity: Math.min(Math.max(capacity, 1), MAX_LINES) };
}

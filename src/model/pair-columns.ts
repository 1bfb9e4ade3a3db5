/** The columns of the table of pairs. */
import { createKeyIndex, type KeyIndex } from "./key-index.ts";

/** The row holds a pair. */
export const USED = 1;
/** This poll has read it. */
export const SEEN = 2;
/** The kernel says that it is about to be taken away. */
export const LEAVING = 4;
/** Other rows are the same series. */
export const SHARED = 8;
/** `sip="other"`: not a row of the kernel's pairs. */
export const OTHERS = 16;

export interface PairColumns {
	/** Of each row, what one look at it needs: the key, and at the places below two words more. */
	readonly index: KeyIndex;
	readonly keyWords: number;
	readonly recordWords: number;
	/** Row of the client, row of the endpoint. */
	readonly client: number;
	readonly endpoint: number;
	readonly flags: Uint8Array;
	/** Number of the poll that last found the bytes changed. */
	readonly changed: Uint32Array;
	/** Weight of the row when it came, see governor.ts. */
	readonly floors: Float64Array;
	readonly bytes: Float64Array;
	readonly packets: Float64Array;
}

export function createPairColumns(capacity: number, keyBytes: number): PairColumns {
	const keyWords = keyBytes / 4;
	const recordWords = keyWords + 2;
	return {
		index: createKeyIndex(capacity, { keyWords, recordWords }),
		keyWords,
		recordWords,
		client: keyWords,
		endpoint: keyWords + 1,
		// Whole words, see inFours().
		flags: new Uint8Array(4 * Math.ceil(capacity / 4)),
		changed: new Uint32Array(capacity),
		floors: new Float64Array(capacity),
		bytes: new Float64Array(capacity),
		packets: new Float64Array(capacity),
	};
}

/** A byte of each of four rows. */
const EACH = 0x01010101;

/** Forgets what the poll before said of the rows. */
export function clearMarks({ flags, index }: PairColumns): void {
	const fours = inFours(flags, index.length);
	const kept = EACH * (USED | SHARED | OTHERS);
	for (let i = 0; i < fours.length; i++) fours[i] = (fours[i] as number) & kept;
}

/** Flags of four rows at once, of so many rows. */
export function inFours(flags: Uint8Array, length: number): Uint32Array {
	return new Uint32Array(flags.buffer, 0, Math.ceil(length / 4));
}

/** Not 0 when one of four rows holds a pair that this poll has not read. */
export function unseenOf(four: number): number {
	return four & ~(four >>> 1) & EACH;
}

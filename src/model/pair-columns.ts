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
		// Whole words, see clearMarks().
		flags: new Uint8Array(4 * Math.ceil(capacity / 4)),
		changed: new Uint32Array(capacity),
		floors: new Float64Array(capacity),
		bytes: new Float64Array(capacity),
		packets: new Float64Array(capacity),
	};
}

/** Forgets what the poll before said of the rows. */
export function clearMarks({ flags, index }: PairColumns): void {
	const four = new Uint32Array(flags.buffer, 0, Math.ceil(index.length / 4));
	const kept = 0x01010101 * (USED | SHARED | OTHERS);
	for (let i = 0; i < four.length; i++) four[i] = (four[i] as number) & kept;
}

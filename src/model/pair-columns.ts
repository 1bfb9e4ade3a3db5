/** The columns of the table of pairs. */

/** The row holds a pair. */
export const USED = 1;
/** That is about to be taken away. */
export const LEAVING = 2;
/** Other rows are the same series. */
export const SHARED = 4;
/** By it, the series is found by its client and endpoint, see same-series.ts. */
export const FOUND = 8;
/** Whether it is a series shows at the end of the poll only. */
export const UNDECIDED = 16;

/** By row: as the source numbers them, and behind those the rows of `sip="other"`. */
export interface PairColumns {
	/** That of the pair that is known; of a row that holds none 0. */
	readonly versions: Uint32Array;
	readonly flags: Uint8Array;
	/** Number of the poll that last found the bytes changed. */
	readonly changed: Uint32Array;
	/** Weight of the row when it came, see governor.ts. */
	readonly floors: Float64Array;
	/** Without a pair 0. */
	readonly bytes: Float64Array;
	readonly packets: Float64Array;
	/** Rows in the tables of clients and of endpoints; without a pair any. */
	readonly clients: Uint32Array;
	readonly endpoints: Uint32Array;
}

export function createPairColumns(capacity: number): PairColumns {
	return {
		versions: new Uint32Array(capacity),
		flags: new Uint8Array(capacity),
		changed: new Uint32Array(capacity),
		floors: new Float64Array(capacity),
		bytes: new Float64Array(capacity),
		packets: new Float64Array(capacity),
		clients: new Uint32Array(capacity),
		endpoints: new Uint32Array(capacity),
	};
}

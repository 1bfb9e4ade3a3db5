/** What is remembered of each load-balanced row of LoxiLB's ct_map from one poll to the next. */
import { createKeyIndex, NO_ROW } from "../../model/key-index.ts";
import { PAIR_KEY } from "./pair-key.ts";

/** Looked at in one slice. */
const ROWS_PER_SLICE = 65_536;
/** Forgetting one costs as much as looking at so many. */
const FORGET_COST = 32;

export interface Legs {
	/** Row of the key at words[at], or NO_ROW. */
	find(words: Uint32Array, at: number): number;
	add(words: Uint32Array, at: number, near: number): number;
	/** Where the pair of the row stands in `pairs`, in words. */
	pairAt(row: number): number;
	readonly pairs: Uint32Array;
	readonly cidx: Uint32Array;
	readonly packets: Float64Array;
	readonly bytes: Float64Array;
	/** Bytes of an IP header as the client sees it. */
	readonly header: Uint8Array;
	/** Number of the poll that saw the row last; 0: there is none. */
	readonly seen: Uint32Array;
	/** It was there before its counter was known to be given. */
	readonly isEarly: Uint8Array;
	readonly length: number;
	/** Forgets, from `first` on, what that poll has not seen: for one slice; gives the row to go on from. */
	forgetUnseen(first: number, poll: number): number;
}

export function createLegs(capacity: number, keyBytes: number): Legs {
	const keyWords = keyBytes / 4;
	const recordWords = keyWords + PAIR_KEY.words;
	const index = createKeyIndex(capacity, { keyWords, recordWords });
	const seen = new Uint32Array(capacity);
	return {
		find: index.find,
		add(words, at, near) {
			if (index.size === capacity)
				throw new RangeError(`Cannot count flows: there are more than ${capacity}`);
			return index.add(words, at, near);
		},
		pairAt: (row) => row * recordWords + keyWords,
		pairs: index.records,
		cidx: new Uint32Array(capacity),
		packets: new Float64Array(capacity),
		bytes: new Float64Array(capacity),
		header: new Uint8Array(capacity),
		seen,
		isEarly: new Uint8Array(capacity),
		get length() {
			return index.length;
		},
		forgetUnseen(first, poll) {
			let row = first;
			for (let budget = ROWS_PER_SLICE; budget > 0 && row < index.length; budget--, row++) {
				if (seen[row] === 0 || seen[row] === poll) continue;
				index.remove(row);
				seen[row] = 0;
				budget -= FORGET_COST;
			}
			return row;
		},
	};
}

export { NO_ROW };

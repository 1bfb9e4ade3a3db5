/** What is remembered of each load-balanced row of LoxiLB's ct_map from one poll to the next. */
import { createKeyIndex, equalWords, NO_ROW } from "../../model/key-index.ts";
import { beginOrder, createReadingOrder, endOrder } from "./reading-order.ts";

/**
 * Rows and counters go through loops in groups that the cache holds, and what stands anywhere in memory is looked at in a
 * short loop of its own: so the processor fetches it for many at once, instead of waiting for each.
 */
export const GROUP = 256;
/** Looked at in one slice. */
const ROWS_PER_SLICE = 65_536;
/** Forgetting one costs as much as looking at so many. */
const FORGET_COST = 32;
/** So many rows that left one behind another are passed over without looking for the next one. */
const AHEAD = 4;

export interface Legs {
	/** Begins a poll. */
	begin(): void;
	/** Row of the key at words[at], or NO_ROW. Quick for those that come in the order of the poll before. */
	find(words: Uint32Array, at: number): number;
	/** The row is the next one of this poll. */
	keepOrder(row: number): void;
	add(words: Uint32Array, at: number, near: number): number;
	/** Number of the pair that it belongs to. */
	readonly pair: Uint32Array;
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
	/** Ends a poll that has read all. */
	end(): void;
}

/** `forget` is told the pair of each row that is forgotten. */
export function createLegs(capacity: number, keyBytes: number, forget: (pair: number) => void): Legs {
	const keyWords = keyBytes / 4;
	const index = createKeyIndex(capacity, { keyWords, recordWords: keyWords });
	const { records } = index;
	const seen = new Uint32Array(capacity);
	const pair = new Uint32Array(capacity);
	const order = createReadingOrder(capacity);
	const { next } = order;

	/** What is expected stands where the row before did; a look-up waits for memory that may be anywhere. */
	function find(words: Uint32Array, at: number): number {
		let row = order.expected;
		for (let ahead = 0; ahead <= AHEAD; ahead++) {
			if (seen[row] !== 0 && equalWords(records, row * keyWords, words, at, keyWords)) return found(row);
			row = next[row] as number;
		}
		return found(index.find(words, at));
	}

	function found(row: number): number {
		if (row !== NO_ROW) order.expected = next[row] as number;
		return row;
	}

	function keepOrder(row: number): void {
		next[order.last] = row;
		order.last = row;
	}

	return {
		begin() {
			index.rewind();
			beginOrder(order);
		},
		find,
		keepOrder,
		add(words, at, near) {
			if (index.size === capacity)
				throw new RangeError(`Cannot count flows: there are more than ${capacity}`);
			return index.add(words, at, near);
		},
		pair,
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
			const { length } = index;
			let row = first;
			for (let budget = ROWS_PER_SLICE; budget > 0 && row < length; budget--, row++) {
				if (seen[row] === 0 || seen[row] === poll) continue;
				index.remove(row);
				seen[row] = 0;
				forget(pair[row] as number);
				budget -= FORGET_COST;
			}
			return row;
		},
		end: () => endOrder(order),
	};
}

export { NO_ROW };

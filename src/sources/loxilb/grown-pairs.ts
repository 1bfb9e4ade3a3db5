/**
 * What pairs have grown by since the book was told. Thousands of flows are one pair: each knows its number, adds to it
 * here, and the book looks up its key once a poll.
 */
import { createKeyIndex, NO_ROW } from "../../model/key-index.ts";
import type { PairBook } from "./pair-book.ts";
import { PAIR_KEY } from "./pair-key.ts";

/** Told in one slice. */
const PAIRS_PER_SLICE = 8192;

export interface GrownPairs {
	/** Pairs are numbered below this. */
	readonly length: number;
	/** Number of the pair whose key is at words[at]: a flow more has it. */
	join(words: Uint32Array, at: number): number;
	/** A flow less has it. */
	leave(pair: number): void;
	add(pair: number, packets: number, bytes: number): void;
	/** Tells the book, from `first` on, what was added: for one slice; gives the pair to go on from. */
	tell(first: number): number;
	/** From now on the lowest free numbers are given first. */
	rewind(): void;
}

/** `capacity`: most flows that there are at a time. */
export function createGrownPairs(capacity: number, book: PairBook): GrownPairs {
	const index = createKeyIndex(capacity, { keyWords: PAIR_KEY.words, recordWords: PAIR_KEY.words });
	const flows = new Uint32Array(capacity);
	const packets = new Float64Array(capacity);
	const bytes = new Float64Array(capacity);

	function join(words: Uint32Array, at: number): number {
		const known = index.find(words, at);
		const pair = known === NO_ROW ? index.add(words, at, index.length) : known;
		flows[pair] = (flows[pair] as number) + 1;
		return pair;
	}

	function leave(pair: number): void {
		flows[pair] = (flows[pair] as number) - 1;
		if (flows[pair] !== 0) return;
		tellOne(pair);
		index.remove(pair);
	}

	function add(pair: number, morePackets: number, moreBytes: number): void {
		packets[pair] = (packets[pair] as number) + morePackets;
		bytes[pair] = (bytes[pair] as number) + moreBytes;
	}

	function tellOne(pair: number): void {
		book.add(index.records, pair * PAIR_KEY.words, packets[pair] as number, bytes[pair] as number);
		packets[pair] = 0;
		bytes[pair] = 0;
	}

	function tell(first: number): number {
		const end = Math.min(first + PAIRS_PER_SLICE, index.length);
		for (let pair = first; pair < end; pair++) if (flows[pair] !== 0) tellOne(pair);
		return end;
	}

	return {
		get length() {
			return index.length;
		},
		join,
		leave,
		add,
		tell,
		rewind: index.rewind,
	};
}

/** Pairs found by key, in rows that stay where they are: a table of pairs reads them in place, as it does the kernel's. */
import { createKeyIndex } from "../../model/key-index.ts";
import { setU64, u64At } from "../../model/words.ts";
import { PAIR_KEY, PAIR_ROW } from "./pair-key.ts";

export interface BookRows {
	/** See PAIR_ROW. */
	readonly words: Uint32Array;
	/** Rows are numbered below this. */
	readonly length: number;
	readonly count: number;
	readonly isFull: boolean;
	/** Row of the key at words[at], or NO_ROW. */
	find(words: Uint32Array, at: number): number;
	/** A row of zeros for a key that has none. There must be room. */
	add(words: Uint32Array, at: number): number;
	increase(row: number, packets: number, bytes: number): void;
	packetsOf(row: number): number;
	bytesOf(row: number): number;
	/** False when it is marked, or there is no pair. */
	markLeaving(row: number): boolean;
	remove(row: number): void;
}

export function createBookRows(capacity: number): BookRows {
	const index = createKeyIndex(capacity, { keyWords: PAIR_KEY.words, recordWords: PAIR_ROW.words });
	const { records } = index;

	const at = (row: number, word: number) => row * PAIR_ROW.words + word;

	const holdsPair = (row: number) => ((records[at(row, PAIR_ROW.version)] as number) & 1) !== 0;

	function changeVersion(row: number): void {
		records[at(row, PAIR_ROW.version)] = (records[at(row, PAIR_ROW.version)] as number) + 1;
	}

	return {
		words: records,
		get length() {
			return index.length;
		},
		get count() {
			return index.size;
		},
		get isFull() {
			return index.size === capacity;
		},
		find: (words, from) => index.find(words, from),
		add(words, from) {
			const row = index.add(words, from, index.length);
			records.fill(0, at(row, PAIR_ROW.leaving), at(row, PAIR_ROW.words));
			changeVersion(row);
			return row;
		},
		increase(row, packets, bytes) {
			const [packetsAt, bytesAt] = [at(row, PAIR_ROW.packets), at(row, PAIR_ROW.bytes)];
			setU64(records, packetsAt, u64At(records, packetsAt) + packets);
			setU64(records, bytesAt, u64At(records, bytesAt) + bytes);
		},
		packetsOf: (row) => u64At(records, at(row, PAIR_ROW.packets)),
		bytesOf: (row) => u64At(records, at(row, PAIR_ROW.bytes)),
		markLeaving(row) {
			if (!holdsPair(row) || records[at(row, PAIR_ROW.leaving)] !== 0) return false;
			records[at(row, PAIR_ROW.leaving)] = 1;
			return true;
		},
		remove(row) {
			index.remove(row);
			changeVersion(row);
		},
	};
}

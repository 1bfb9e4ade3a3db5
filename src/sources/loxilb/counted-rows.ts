/** Counters found by key, in rows that stand one behind another: as a table of pairs takes a ledger. */
import { createKeyIndex, NO_ROW } from "../../model/key-index.ts";
import { setU64, u64At, wordsOf } from "../../model/words.ts";

/** A value: u64 packets, u64 bytes. */
export const VALUE = { size: 16, packets: 0, bytes: 8 } as const;
const VALUE_WORDS = VALUE.size / 4;

export interface CountedRows {
	readonly count: number;
	/** Row i has its key at i * keyBytes and its value at i * VALUE.size. */
	readonly keys: Buffer;
	readonly values: Buffer;
	/** Row of the key at words[at], or NO_ROW. */
	find(words: Uint32Array, at: number): number;
	/** A row of zeros for a key that has none. There must be room. */
	add(words: Uint32Array, at: number): number;
	increase(row: number, packets: number, bytes: number): void;
	packetsOf(row: number): number;
	bytesOf(row: number): number;
	/** The last row takes its place. */
	remove(row: number): void;
}

export function createCountedRows(keyBytes: number, capacity: number): CountedRows {
	const keyWords = keyBytes / 4;
	const recordWords = keyWords + 1;
	const index = createKeyIndex(capacity, { keyWords, recordWords });
	const keys = Buffer.from(new ArrayBuffer(capacity * keyBytes));
	const values = Buffer.from(new ArrayBuffer(capacity * VALUE.size));
	const [keyAt, valueAt] = [wordsOf(keys), wordsOf(values)];
	let count = 0;

	const at = (row: number, offset: number) => row * VALUE_WORDS + offset / 4;

	function increase(row: number, offset: number, more: number): void {
		setU64(valueAt, at(row, offset), u64At(valueAt, at(row, offset)) + more);
	}

	function find(words: Uint32Array, at: number): number {
		const found = index.find(words, at);
		return found === NO_ROW ? NO_ROW : (index.records[found * recordWords + keyWords] as number);
	}

	function add(words: Uint32Array, at: number): number {
		const row = count++;
		index.records[index.add(words, at, 0) * recordWords + keyWords] = row;
		keyAt.set(words.subarray(at, at + keyWords), row * keyWords);
		valueAt.fill(0, row * VALUE_WORDS, (row + 1) * VALUE_WORDS);
		return row;
	}

	function remove(row: number): void {
		index.remove(index.find(keyAt, row * keyWords));
		const last = --count;
		if (row === last) return;
		index.records[index.find(keyAt, last * keyWords) * recordWords + keyWords] = row;
		keyAt.copyWithin(row * keyWords, last * keyWords, (last + 1) * keyWords);
		valueAt.copyWithin(row * VALUE_WORDS, last * VALUE_WORDS, (last + 1) * VALUE_WORDS);
	}

	return {
		get count() {
			return count;
		},
		keys,
		values,
		find,
		add,
		increase(row, packets, bytes) {
			increase(row, VALUE.packets, packets);
			increase(row, VALUE.bytes, bytes);
		},
		packetsOf: (row) => u64At(valueAt, at(row, VALUE.packets)),
		bytesOf: (row) => u64At(valueAt, at(row, VALUE.bytes)),
		remove,
	};
}

/**
 * Rows found by keys of a few 32-bit words: open addressing, linear probing. All memory is reserved at once and given by
 * the system when it is first written: growing neither copies nor pauses.
 */
import { createFreeRows, NO_ROW } from "./free-rows.ts";

export { NO_ROW };

/** One in so many rows is left free at first, lest there be no room near those that are there. */
const LEFT_FREE = 10;
/** Rows that may be free, in parts of those in use. */
const FREE_SHARE = 1 / 8;

export interface KeyIndex {
	/** Row r has its record from r * recordWords on, and in there its key first. */
	readonly records: Uint32Array;
	/** Rows are numbered below this. */
	readonly length: number;
	/** Rows in use. */
	readonly size: number;
	/** Rows that there is room for. */
	readonly capacity: number;
	/** Of the key at words[at]: what the functions below take need not be computed again. */
	hashOf(words: Uint32Array, at: number): number;
	/** Row of the key at words[at], or NO_ROW. */
	find(words: Uint32Array, at: number, hash?: number): number;
	/** Fetches what find() and add() will look at for keys with these hashes: all at once, and not each in turn. */
	warm(hashes: Uint32Array, count: number): void;
	/** The same for remove(); gives the hashes that it takes. */
	warmRows(rows: Uint32Array, hashes: Uint32Array): void;
	/** A row for a key that has none, near that one: what is read together stands together. There must be room. */
	add(words: Uint32Array, at: number, near: number, hash?: number): number;
	remove(row: number, hash?: number): void;
	/** From now on the lowest free rows are found first. */
	rewind(): void;
}

export interface RecordShape {
	readonly keyWords: number;
	/** What is behind the key is left to the caller. */
	readonly recordWords: number;
}

export function createKeyIndex(capacity: number, { keyWords, recordWords }: RecordShape): KeyIndex {
	const records = new Uint32Array(capacity * recordWords);
	const freeRows = createFreeRows(capacity);
	const mask = 2 ** Math.ceil(Math.log2(capacity + 1)) - 1;
	/** Two words a slot: a row + 1 (0: none) and the hash of its key, so that other rows need not be looked at. */
	const slots = new Uint32Array(2 * (mask + 1));
	// Clients choose their addresses: nobody may know which of them collide.
	const seed = Math.floor(Math.random() * 2 ** 30);
	let length = 0;
	let size = 0;
	/** What was read only to be fetched is written here, or the compiler would leave the reading out. */
	const touched = new Uint32Array(1);

	const hashOf = (words: Uint32Array, at: number) => hashWords(words, at, keyWords, seed);

	function find(words: Uint32Array, at: number, hash = hashOf(words, at)): number {
		for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
			const row = (slots[2 * slot] as number) - 1;
			if (row === NO_ROW) return row;
			if (slots[2 * slot + 1] !== hash) continue;
			if (equalWords(records, row * recordWords, words, at, keyWords)) return row;
		}
	}

	/** Slots first, then rows: each loop waits for nothing that it has asked for itself. */
	function warm(hashes: Uint32Array, count: number): void {
		let word = 0;
		for (let i = 0; i < count; i++) word ^= slots[2 * ((hashes[i] as number) & mask)] as number;
		for (let i = 0; i < count; i++) {
			const slot = (hashes[i] as number) & mask;
			if (slots[2 * slot + 1] !== hashes[i]) continue;
			const row = (slots[2 * slot] as number) - 1;
			if (row !== NO_ROW) word ^= records[row * recordWords] as number;
		}
		touched[0] = word;
	}

	function warmRows(rows: Uint32Array, hashes: Uint32Array): void {
		let word = 0;
		for (let i = 0; i < rows.length; i++) word ^= records[(rows[i] as number) * recordWords] as number;
		touched[0] = word;
		for (let i = 0; i < rows.length; i++) hashes[i] = hashOf(records, (rows[i] as number) * recordWords);
		warm(hashes, rows.length);
	}

	function add(words: Uint32Array, at: number, near: number, hash = hashOf(words, at)): number {
		const row = freeRow(near);
		freeRows.take(row);
		size++;
		for (let i = 0; i < keyWords; i++) records[row * recordWords + i] = words[at + i] as number;
		let slot = hash & mask;
		while (slots[2 * slot] !== 0) slot = (slot + 1) & mask;
		slots[2 * slot] = row + 1;
		slots[2 * slot + 1] = hash;
		return row;
	}

	function freeRow(near: number): number {
		const hasRoom = length < capacity && length <= size * (1 + FREE_SHARE);
		// One behind another in a new table: the row left free between them is for later.
		if (hasRoom && near + 1 >= length) return append();
		const row = freeRows.nearest(near);
		if (row !== NO_ROW) return row;
		return hasRoom ? append() : freeRows.lowest();
	}

	function append(): number {
		if (length % LEFT_FREE === LEFT_FREE - 1 && length + 1 < capacity) freeRows.put(length++);
		freeRows.put(length);
		return length++;
	}

	function remove(row: number, hash = hashOf(records, row * recordWords)): void {
		let slot = hash & mask;
		while (slots[2 * slot] !== row + 1) slot = (slot + 1) & mask;
		closeGap(slot);
		freeRows.put(row);
		size--;
	}

	/** Moves up what would not be found behind an empty slot (Knuth, 6.4, algorithm R): no slot is lost for good. */
	function closeGap(start: number): void {
		let gap = start;
		for (let slot = (gap + 1) & mask; slots[2 * slot] !== 0; slot = (slot + 1) & mask) {
			const home = (slots[2 * slot + 1] as number) & mask;
			if (((slot - home) & mask) < ((slot - gap) & mask)) continue;
			slots[2 * gap] = slots[2 * slot] as number;
			slots[2 * gap + 1] = slots[2 * slot + 1] as number;
			gap = slot;
		}
		slots[2 * gap] = 0;
	}

	return {
		records,
		capacity,
		get length() {
			return length;
		},
		get size() {
			return size;
		},
		hashOf,
		find,
		warm,
		warmRows,
		add,
		remove,
		rewind: freeRows.rewind,
	};
}

export function equalWords(a: Uint32Array, atA: number, b: Uint32Array, atB: number, count: number): boolean {
	for (let i = 0; i < count; i++) if (a[atA + i] !== b[atB + i]) return false;
	return true;
}

function hashWords(words: Uint32Array, at: number, count: number, seed: number): number {
	let hash = seed;
	for (let i = 0; i < count; i++) {
		hash = Math.imul(hash ^ (words[at + i] as number), 0x9e3779b1);
		hash ^= hash >>> 15;
	}
	hash = Math.imul(hash, 0x85ebca6b);
	return (hash ^ (hash >>> 13)) >>> 0;
}

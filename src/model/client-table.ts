/** Clients of services: those that have a pair. */
import { clientText } from "./client-text.ts";
import { setClient } from "./client-words.ts";
import { createKeyIndex, type KeyIndex, NO_ROW } from "./key-index.ts";
import { createRowChanges } from "./row-changes.ts";
import type { ClientSeries } from "./series.ts";

const ADDRESS_WORDS = 4;
/** Prefix in the lowest byte, above it the number of the label. */
const NAME = ADDRESS_WORDS;
const KEY_WORDS = NAME + 1;
/** Pairs of the client. */
const PAIRS = KEY_WORDS;
const RECORD_WORDS = KEY_WORDS + 1;

export interface ClientTable extends ClientSeries {
	/** Row of the client whose address is at words[at], or NO_ROW. */
	find(words: Uint32Array, at: number, prefix: number, label: number): number;
	/** See key-index.ts. */
	hashOf(words: Uint32Array, at: number, prefix: number, label: number): number;
	readonly warm: KeyIndex["warm"];
	readonly warmRows: KeyIndex["warmRows"];
	/** Counts one pair more; gives the row, a new one is near that one. */
	enter(words: Uint32Array, at: number, prefix: number, label: number, near: number, hash: number): number;
	/** Counts one pair less; without pairs the client is gone. */
	leave(row: number, hash: number): void;
	/** Begins the sums of a poll. */
	clear(): void;
}

/** `labels`: texts by number; may grow. */
export function createClientTable(capacity: number, labels: readonly string[]): ClientTable {
	const index: KeyIndex = createKeyIndex(capacity, { keyWords: KEY_WORDS, recordWords: RECORD_WORDS });
	const { records } = index;
	const packets = new Float64Array(capacity);
	const changes = createRowChanges(capacity);
	const key = new Uint32Array(KEY_WORDS);

	function setKey(words: Uint32Array, at: number, prefix: number, label: number): void {
		for (let i = 0; i < ADDRESS_WORDS; i++) key[i] = words[at + i] as number;
		key[NAME] = prefix + 256 * label;
	}

	function find(words: Uint32Array, at: number, prefix: number, label: number): number {
		setKey(words, at, prefix, label);
		return index.find(key, 0);
	}

	function add(near: number, hash: number): number {
		const row = index.add(key, 0, near, hash);
		records[row * RECORD_WORDS + PAIRS] = 0;
		changes.become(row);
		return row;
	}

	return {
		packets,
		get length() {
			return index.length;
		},
		find,
		hashOf(words, at, prefix, label) {
			setKey(words, at, prefix, label);
			return index.hashOf(key, 0);
		},
		warm: index.warm,
		warmRows: index.warmRows,
		enter(words, at, prefix, label, near, hash) {
			setKey(words, at, prefix, label);
			const found = index.find(key, 0, hash);
			const row = found === NO_ROW ? add(near, hash) : found;
			const pairs = row * RECORD_WORDS + PAIRS;
			records[pairs] = (records[pairs] as number) + 1;
			return row;
		},
		leave(row, hash) {
			const pairs = row * RECORD_WORDS + PAIRS;
			records[pairs] = (records[pairs] as number) - 1;
			if (records[pairs] !== 0) return;
			packets[row] = 0;
			changes.cease(row);
			index.remove(row, hash);
		},
		clear() {
			index.rewind();
			packets.fill(0, 0, index.length);
		},
		labels(row) {
			const at = row * RECORD_WORDS;
			const name = records[at + NAME] as number;
			return [labels[name >>> 8] as string, clientText(records, at, name & 255)];
		},
		readParts(rows, { services, clients }) {
			for (let i = 0; i < rows.length; i++) {
				const at = (rows[i] as number) * RECORD_WORDS;
				const name = records[at + NAME] as number;
				services[i] = name >>> 8;
				setClient(clients, i, records, at, name & 255);
			}
		},
		takeChanges: changes.take,
	};
}

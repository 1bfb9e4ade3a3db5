/**
 * What clients and endpoints have exchanged since the exporter began: LoxiLB keeps no such sums. Pairs come, and leave as
 * those of the own data path do (bpf/retire.h): what they had counted goes on counting at the levels that stay.
 */
import { inEqualSlices } from "../../model/in-slices.ts";
import { NO_ROW } from "../../model/key-index.ts";
import {
	KEPT_CLIENT,
	KEPT_ENDPOINT,
	RETIRED_CLIENT,
	RETIRED_ENDPOINT,
	RETIRED_PAIR,
	type RowBatch,
} from "../../model/pair-format.ts";
import type { PairTable } from "../../model/pair-table.ts";
import { LEAVE_REASONS, type LeaveReason, type MapFill, type NamedCount } from "../../model/reading.ts";
import { wordsOf } from "../../model/words.ts";
import { createBookRows } from "./book-rows.ts";
import { createCountedRows, VALUE } from "./counted-rows.ts";
import { endpointOfPair, kindOf, LEDGER_KEY, PAIR_KEY, PAIR_ROW, prefixOf } from "./pair-key.ts";

const ROWS_PER_SLICE = 4096;

export interface PairBook {
	/** What a table of pairs reads in place. */
	readonly rows: Uint32Array;
	/** Of the pair whose key is at words[at]; without room for it, under `sip="other"`. */
	add(words: Uint32Array, at: number, packets: number, bytes: number): void;
	release(rows: Uint32Array, reason: LeaveReason): void;
	/** Those that were released since are gone, and get no row before the next call. */
	retireReleased(): void;
	/** All of it, as one poll of the table. */
	tell(table: PairTable, labels: readonly string[]): Promise<void>;
	readonly evicted: readonly NamedCount[];
	readonly overflow: readonly NamedCount[];
	readonly fill: MapFill;
}

export interface BookSizes {
	readonly pairs: number;
	readonly services: number;
}

/** Endpoints that are listed in services keep their series without a pair: at most so many a service. */
const ENDPOINTS = 32;

export function createPairBook(sizes: BookSizes): PairBook {
	const pairs = createBookRows(sizes.pairs);
	const ledger = createCountedRows(4 * LEDGER_KEY.words, 4 * sizes.pairs + (ENDPOINTS + 4) * sizes.services);
	const others = new Map<string, { slot: number; dip: string; packets: number; bytes: number }>();
	const released: number[] = [];
	/** Keys of those that have just left. */
	let left = createCountedRows(4 * PAIR_KEY.words, 1);
	const leftBy: Record<LeaveReason, number> = { idle: 0, crowded: 0 };
	let crowdedOut = 0;
	const entry = new Uint32Array(LEDGER_KEY.words);

	function add(words: Uint32Array, at: number, packets: number, bytes: number): void {
		if (packets === 0 && bytes === 0) return;
		const known = pairs.find(words, at);
		const hasLeft = left.count > 0 && left.find(words, at) !== NO_ROW;
		if (known !== NO_ROW) pairs.increase(known, packets, bytes);
		else if (!hasLeft && !pairs.isFull) pairs.increase(pairs.add(words, at), packets, bytes);
		else {
			if (!hasLeft) crowdedOut += packets;
			addToOthers(words, at, packets, bytes);
		}
	}

	function addToOthers(words: Uint32Array, at: number, packets: number, bytes: number): void {
		const slot = words[at + PAIR_KEY.slot] as number;
		const key = words.slice(at, at + PAIR_KEY.words);
		const dip = endpointOfPair(Buffer.from(key.buffer), 0);
		const sum = others.get(`${slot} ${dip}`) ?? { slot, dip, packets: 0, bytes: 0 };
		others.set(`${slot} ${dip}`, sum);
		sum.packets += packets;
		sum.bytes += bytes;
	}

	function release(rows: Uint32Array, reason: LeaveReason): void {
		for (const row of rows) {
			if (!pairs.markLeaving(row)) continue;
			leftBy[reason]++;
			released.push(row);
		}
	}

	function retireReleased(): void {
		const gone = released.splice(0);
		left = createCountedRows(4 * PAIR_KEY.words, gone.length + 1);
		for (const row of gone) retire(row);
	}

	function retire(row: number): void {
		const { words } = pairs;
		const at = row * PAIR_ROW.words + PAIR_ROW.key;
		const [packets, bytes] = [pairs.packetsOf(row), pairs.bytesOf(row)];
		const slot = words[at + PAIR_KEY.slot] as number;
		const word = words[at + PAIR_KEY.prefixAndKind] as number;
		const address = (from: number) => words.subarray(at + from, at + from + 4);
		enter(RETIRED_PAIR, slot, undefined, 0, packets, bytes);
		enter(KEPT_CLIENT, slot, address(PAIR_KEY.client), prefixOf(word), packets, bytes);
		enter(KEPT_ENDPOINT, slot, address(PAIR_KEY.endpoint), kindOf(word), packets, bytes);
		left.add(words, at);
		pairs.remove(row);
	}

	function enter(
		level: number,
		slot: number,
		address: Uint32Array | undefined,
		word: number,
		packets: number,
		bytes: number,
	): void {
		entry.fill(0);
		entry[LEDGER_KEY.level] = level;
		entry[LEDGER_KEY.slot] = slot;
		if (address) entry.set(address, LEDGER_KEY.address);
		entry[LEDGER_KEY.prefixAndKind] = word;
		const known = ledger.find(entry, 0);
		ledger.increase(known === NO_ROW ? ledger.add(entry, 0) : known, packets, bytes);
	}

	/** What left the page with its client or endpoint. */
	function retireKept(keys: Buffer): void {
		const words = wordsOf(keys);
		for (let at = 0; at < words.length; at += LEDGER_KEY.words) {
			const row = ledger.find(words, at);
			if (row === NO_ROW) continue;
			const ofClient = words[at + LEDGER_KEY.level] === KEPT_CLIENT;
			const [packets, bytes] = [ledger.packetsOf(row), ledger.bytesOf(row)];
			ledger.remove(row);
			const slot = words[at + LEDGER_KEY.slot] as number;
			enter(ofClient ? RETIRED_CLIENT : RETIRED_ENDPOINT, slot, undefined, 0, packets, bytes);
		}
	}

	function keptRows(from: number, to: number): RowBatch {
		const keyBytes = 4 * LEDGER_KEY.words;
		return {
			count: to - from,
			keys: ledger.keys.subarray(from * keyBytes, to * keyBytes),
			values: ledger.values.subarray(from * VALUE.size, to * VALUE.size),
		};
	}

	async function tell(table: PairTable, labels: readonly string[]): Promise<void> {
		table.begin(labels);
		await inEqualSlices(pairs.length, ROWS_PER_SLICE, table.count);
		for (const { slot, dip, packets, bytes } of others.values()) table.countOther(slot, dip, packets, bytes);
		await inEqualSlices(ledger.count, ROWS_PER_SLICE, (from, to) => table.countKept(keptRows(from, to)));
		await table.end();
		retireKept(table.keptToRetire());
	}

	return {
		rows: pairs.words,
		add,
		release,
		retireReleased,
		tell,
		get evicted() {
			return LEAVE_REASONS.map((name) => ({ name, count: leftBy[name] }));
		},
		get overflow() {
			return [{ name: "pairs", count: crowdedOut }];
		},
		get fill() {
			return { map: "pairs", entries: pairs.count, capacity: sizes.pairs };
		},
	};
}

/**
 * All client-endpoint pairs, for as long as the exporter lives. Each poll tells them anew: begin(), count() for each
 * batch, the rest, end(). A poll that breaks off leaves the table as good as it was.
 */
import { createClientTable } from "./client-table.ts";
import { createBatchCount } from "./count-batch.ts";
import { createEndpointTable } from "./endpoint-table.ts";
import { inSlices } from "./in-slices.ts";
import { createKeptRows, type IsConfigured } from "./kept-rows.ts";
import { NO_ROW } from "./key-index.ts";
import { clearMarks, createPairColumns, type PairColumns, SEEN } from "./pair-columns.ts";
import type { LedgerFormat, PairFormat, RowBatch } from "./pair-format.ts";
import { createPairKeys } from "./pair-keys.ts";
import { createPairRows, type PairKey } from "./pair-rows.ts";
import { type PairSums, sumPairs } from "./pair-sums.ts";
import { beginOrder, createReadingOrder, endOrder, NONE_EXPECTED } from "./reading-order.ts";
import type { Tables } from "./series.ts";
import { createSlotLabels } from "./slot-labels.ts";

export interface PairTableOptions {
	readonly pairs: PairFormat;
	readonly ledger: LedgerFormat;
	/** Most rows that one poll tells, those of `sip="other"` included. */
	readonly capacity: number;
	readonly isConfigured: IsConfigured;
}

export interface PairTable extends Tables {
	/** `labels` by service slot: only the last ones may be new. */
	begin(labels: readonly string[]): void;
	count(batch: RowBatch): void;
	/** Traffic without a client: a row of `sip="other"`. Told several times it adds up. */
	countOther(slot: number, dip: string, packets: number, bytes: number): void;
	/** Rows of the ledger: after all pairs. */
	countKept(batch: RowBatch): void;
	end(): Promise<void>;
	/** After end(): keys of ledger rows whose client or endpoint has left the page. */
	keptToRetire(): Buffer;
	/** After end(). */
	sums(): PairSums;
	/** For the governor. */
	readonly ruled: RuledRows;
}

/** What the governor sees and sets. */
export interface RuledRows {
	readonly columns: PairColumns;
	/** Number of the last poll. */
	readonly poll: number;
	/** Rows of the kernel's pairs in it. */
	readonly count: number;
	/** What the kernel's row has counted, where several are one series. */
	ownBytes(row: number): number;
	/** Weight that rows have which come from now on. */
	entryWeight: number;
}

export function createPairTable(options: PairTableOptions): PairTable {
	const { pairs: format, capacity } = options;
	// A poll may tell none of the rows of the poll before.
	const room = 2 * capacity;
	const labels = createSlotLabels();
	const keys = createPairKeys(format);
	const columns = createPairColumns(room, format.keyBytes);
	const { index, flags, bytes, packets } = columns;
	const clients = createClientTable(room, labels.texts);
	const endpoints = createEndpointTable(room, columns.keyWords);
	const rows = createPairRows(columns, keys, clients, endpoints, labels);
	const kept = createKeptRows(options.ledger, labels, clients, endpoints, options.isConfigured);
	const order = createReadingOrder(room);
	const poll = { number: 0, entryWeight: 0, rows: 0 };
	const clientPackets = clients.packets;
	const { warm } = rows;
	const count = createBatchCount({
		format,
		columns,
		clientPackets,
		endpoints,
		order,
		poll,
		warm,
		locate,
	});

	function begin(slotLabels: readonly string[]): void {
		poll.number++;
		poll.rows = 0;
		index.rewind();
		rows.shared.undoSum();
		clearMarks(columns);
		labels.update(slotLabels);
		clients.clear();
		endpoints.clear();
		kept.clear();
		beginOrder(order);
	}

	function locate(keyBytes: Buffer, key: PairKey, before: number): number {
		const row = index.find(key.words, key.at, key.hash);
		return row === NO_ROW ? enterPair(keyBytes, key, before) : row;
	}

	function enterPair(keyBytes: Buffer, key: PairKey, before: number): number {
		makeRoom();
		const { words, at } = key;
		const slot = keys.slotOf(words, at);
		const label = labels.labelOf(slot);
		const endpointKey = keys.endpointKey(words, at);
		const known = endpoints.find(endpointKey);
		if (known !== NO_ROW) return enterRow(key, known, label, before);
		const endpoint = endpoints.named(label, format.endpointOf(keyBytes, 4 * at));
		return enterRow(key, endpoints.add(endpointKey, slot, endpoint), label, before);
	}

	function enterRow(key: PairKey, endpoint: number, label: number, before: number): number {
		const row = rows.enter(key, endpoint, label, before);
		columns.changed[row] = poll.number;
		// As long as none has a weight, the column takes no memory.
		if (columns.floors[row] !== poll.entryWeight) columns.floors[row] = poll.entryWeight;
		order.next[row] = NONE_EXPECTED;
		return row;
	}

	/** There is some, unless many polls broke off. */
	function makeRoom(): void {
		if (index.size < room) return;
		for (let row = 0; row < index.length; ) row = rows.forgetUnseen(row);
		if (index.size < room) return;
		throw new RangeError(`Cannot count pairs: there are more than ${room}, expected at most ${capacity}`);
	}

	function countOther(slot: number, dip: string, morePackets: number, moreBytes: number): void {
		const row = otherRow(slot, dip);
		if (((flags[row] as number) & SEEN) === 0) {
			flags[row] = (flags[row] as number) | SEEN;
			bytes[row] = 0;
			packets[row] = 0;
		}
		bytes[row] = (bytes[row] as number) + moreBytes;
		packets[row] = (packets[row] as number) + morePackets;
		addToOwners(row, morePackets, moreBytes);
	}

	function addToOwners(row: number, morePackets: number, moreBytes: number): void {
		const { records } = index;
		const record = row * columns.recordWords;
		const client = records[record + columns.client] as number;
		const endpoint = records[record + columns.endpoint] as number;
		clientPackets[client] = (clientPackets[client] as number) + morePackets;
		endpoints.bytes[endpoint] = (endpoints.bytes[endpoint] as number) + moreBytes;
		endpoints.packets[endpoint] = (endpoints.packets[endpoint] as number) + morePackets;
	}

	function otherRow(slot: number, dip: string): number {
		makeRoom();
		const label = labels.labelOf(slot);
		const endpoint = endpoints.named(label, dip);
		const words = keys.otherKey(slot, endpoint.id);
		const hash = index.hashOf(words, 0);
		const row = index.find(words, 0, hash);
		if (row !== NO_ROW) return row;
		const endpointKey = keys.endpointKey(words, 0);
		const known = endpoints.find(endpointKey);
		const endpointRow = known === NO_ROW ? endpoints.add(endpointKey, slot, endpoint) : known;
		const key = { words, at: 0, hash, clientHash: rows.clientHashOf(words, 0) };
		return enterRow(key, endpointRow, label, order.last === order.head ? 0 : order.last);
	}

	async function end(): Promise<void> {
		await inSlices(index.length, rows.forgetUnseen);
		rows.shared.sum();
		await kept.settle();
		endOrder(order);
	}

	return {
		begin,
		count,
		countOther,
		countKept: kept.count,
		end,
		keptToRetire: kept.keysToRetire,
		sums: () => sumPairs(labels, endpoints, kept),
		pairs: rows.series,
		clients,
		ruled: {
			columns,
			get poll() {
				return poll.number;
			},
			get count() {
				return poll.rows;
			},
			get entryWeight() {
				return poll.entryWeight;
			},
			set entryWeight(weight) {
				poll.entryWeight = weight;
			},
			ownBytes: rows.shared.ownBytes,
		},
	};
}

/**
 * All client-endpoint pairs, for as long as the exporter lives. Each poll tells them anew: begin(), count() for all rows,
 * the rest, end(). A poll that breaks off leaves the table as good as it was.
 */
import { createClientTable } from "./client-table.ts";
import { createRowCount, type PollState } from "./count-rows.ts";
import { createEndpointTable } from "./endpoint-table.ts";
import { createKeptRows, type IsConfigured } from "./kept-rows.ts";
import { createOtherRows } from "./other-rows.ts";
import { createPairColumns, type PairColumns } from "./pair-columns.ts";
import type { LedgerFormat, PairFormat, RowBatch } from "./pair-format.ts";
import { createPairKeys } from "./pair-keys.ts";
import { createPairRows } from "./pair-rows.ts";
import { type PairSums, sumPairs } from "./pair-sums.ts";
import { createRowChanges } from "./row-changes.ts";
import { createRowList } from "./row-list.ts";
import { createSameSeries } from "./same-series.ts";
import type { SeriesTable, Tables } from "./series.ts";
import { createSlotLabels } from "./slot-labels.ts";

export interface PairTableOptions {
	readonly pairs: PairFormat;
	/** All rows of pairs, one behind another: read in place, and changed by the source at any time. */
	readonly rows: Uint32Array;
	readonly ledger: LedgerFormat;
	/** Most rows of `sip="other"` that one poll tells. */
	readonly others: number;
	readonly isConfigured: IsConfigured;
}

export interface PairTable extends Tables {
	/** `labels` by service slot: only the last ones may be new. */
	begin(labels: readonly string[]): void;
	/** Rows from one number up to another: all that ever held a pair, from 0 on. Pairs come at any time, and leave between polls. */
	count(from: number, to: number): void;
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
	/** Rows of pairs are numbered below this. */
	readonly length: number;
	/** Number of the last poll. */
	readonly poll: number;
	/** Pairs in it. */
	readonly count: number;
	/** Rows of those that are about to be taken away. */
	readonly leaving: Uint32Array;
	/** What the kernel's row has counted, where several are one series. */
	ownBytes(row: number): number;
	/** Weight that rows have which come from now on. */
	entryWeight: number;
}

export function createPairTable(options: PairTableOptions): PairTable {
	const { pairs: format, rows: words } = options;
	const pairRows = Math.floor((4 * words.length) / format.rowBytes);
	const capacity = pairRows + options.others;
	const poll: PollState = { number: 0, entryWeight: 0, rows: 0, leaving: createRowList() };
	let length = 0;

	const labels = createSlotLabels();
	const keys = createPairKeys(format);
	const columns = createPairColumns(capacity);
	const changes = createRowChanges(capacity);
	const clients = createClientTable(capacity, labels.texts);
	const endpoints = createEndpointTable(capacity, keys.keyWords);
	const series = createSameSeries(columns, endpoints, changes);
	const pairs = createPairRows({ format, words, columns, clients, endpoints, labels, series, poll, keys });
	const others = createOtherRows({ first: pairRows, columns, keys, clients, endpoints, labels, changes });
	const kept = createKeptRows(options.ledger, labels, clients, endpoints, options.isConfigured);
	const countRows = createRowCount({
		format,
		words,
		columns,
		clientPackets: clients.packets,
		endpoints,
		poll,
		...pairs,
	});

	function begin(slotLabels: readonly string[]): void {
		poll.number++;
		poll.rows = 0;
		poll.leaving.clear();
		series.shared.undoSum();
		labels.update(slotLabels);
		clients.clear();
		endpoints.clear();
		kept.clear();
		others.begin(poll.number);
	}

	async function end(): Promise<void> {
		others.end();
		await series.settle(length);
		series.shared.sum();
		await kept.settle();
	}

	return {
		begin,
		count(from, to) {
			length = Math.max(length, to);
			countRows(from, to);
		},
		countOther: others.count,
		countKept: kept.count,
		end,
		keptToRetire: kept.keysToRetire,
		sums: () => sumPairs(labels, endpoints, kept),
		pairs: pairSeries(),
		clients,
		ruled: {
			columns,
			get length() {
				return length;
			},
			get poll() {
				return poll.number;
			},
			get count() {
				return poll.rows;
			},
			get leaving() {
				return poll.leaving.toArray();
			},
			get entryWeight() {
				return poll.entryWeight;
			},
			set entryWeight(weight) {
				poll.entryWeight = weight;
			},
			ownBytes: series.shared.ownBytes,
		},
	};

	function pairSeries(): SeriesTable {
		return {
			bytes: columns.bytes,
			packets: columns.packets,
			get length() {
				return Math.max(length, others.length);
			},
			labels: (row) => (row < pairRows ? pairs.labels(row) : others.labels(row)),
			readParts(rows, parts) {
				pairs.warm(rows);
				for (let i = 0; i < rows.length; i++) {
					const row = rows[i] as number;
					if (row < pairRows) pairs.readPart(row, parts, i);
					else others.readPart(row, parts, i);
				}
			},
			takeChanges: changes.take,
		};
	}
}

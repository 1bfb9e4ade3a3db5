/** How pairs come and go: a row each, with its client, its endpoint and its place among the series of the page. */
import type { ClientTable } from "./client-table.ts";
import { setClient } from "./client-words.ts";
import type { EndpointTable } from "./endpoint-table.ts";
import { NO_ROW } from "./key-index.ts";
import { inFours, OTHERS, type PairColumns, SEEN, SHARED, USED, unseenOf } from "./pair-columns.ts";
import type { PairKeys } from "./pair-keys.ts";
import { createRowChanges } from "./row-changes.ts";
import type { LabelParts, SeriesTable } from "./series.ts";
import { createSharedSeries, type SharedSeries } from "./shared-series.ts";
import type { SlotLabels } from "./slot-labels.ts";

/** Rows looked at in one slice. Taking one away costs as much as looking at so many: */
const ROWS_PER_SLICE = 65_536;
const LEAVE_COST = 32;
/** Rows for which memory is fetched at once. */
const TOGETHER = 64;

/** The key at words[at], with the hashes that its row and its client's have: see key-index.ts. */
export interface PairKey {
	words: Uint32Array;
	at: number;
	hash: number;
	clientHash: number;
}

/** Keys of a batch: where they are, in words, and their hashes, which warm() sets. */
export interface ManyKeys {
	readonly places: Uint32Array;
	readonly hashes: Uint32Array;
	readonly clientHashes: Uint32Array;
}

export interface PairRows {
	clientHashOf(words: Uint32Array, at: number): number;
	readonly shared: SharedSeries;
	/** A row for a key that has none, behind row `before`; the endpoint's row is known. */
	enter(key: PairKey, endpoint: number, label: number, before: number): number;
	/** Fetches what is looked at for keys that may be new, all at once. */
	warm(words: Uint32Array, keys: ManyKeys, count: number): void;
	/** Takes away rows from `first` on that this poll has not read, for one slice; gives the row to go on from. */
	forgetUnseen(first: number): number;
	readonly series: SeriesTable;
}

export function createPairRows(
	columns: PairColumns,
	keys: PairKeys,
	clients: ClientTable,
	endpoints: EndpointTable,
	labels: SlotLabels,
): PairRows {
	const { index, recordWords, flags, bytes, packets } = columns;
	const { records } = index;
	const changes = createRowChanges(index.capacity);
	const shared = createSharedSeries(bytes, packets);
	const unseen = new Uint32Array(ROWS_PER_SLICE / LEAVE_COST + 4);
	const owners = new Uint32Array(TOGETHER);
	const hashes = new Uint32Array(TOGETHER);
	const ownerHashes = new Uint32Array(TOGETHER);
	const sibling = new Uint32Array(columns.keyWords);

	function enter(key: PairKey, endpoint: number, label: number, before: number): number {
		const { words, at } = key;
		const row = index.add(words, at, before + 1, key.hash);
		const record = row * recordWords;
		const clientBefore = records[before * recordWords + columns.client] as number;
		endpoints.enter(endpoint);
		records[record + columns.client] = clients.enter(
			words,
			at + keys.client,
			keys.prefixOf(words, at),
			label,
			clientBefore + 1,
			key.clientHash,
		);
		records[record + columns.endpoint] = endpoint;
		flags[row] = keys.isOther(words, at) ? USED | OTHERS : USED;
		const known = endpoints.endpointAt(endpoint).rows.size > 1 ? findSameSeries(row, endpoint) : NO_ROW;
		if (known === NO_ROW) changes.become(row);
		else share(row, known);
		return row;
	}

	/** A row of the same client, with what else the kernel calls the endpoint. */
	function findSameSeries(row: number, endpoint: number): number {
		for (const other of endpoints.endpointAt(endpoint).rows) {
			if (other === endpoint) continue;
			endpoints.copyKey(other, sibling);
			if (!keys.combine(sibling, records, row * recordWords)) continue;
			const found = index.find(sibling, 0);
			if (found !== NO_ROW) return found;
		}
		return NO_ROW;
	}

	function share(row: number, known: number): void {
		shared.join(row, known);
		flags[row] = (flags[row] as number) | SHARED;
		flags[known] = (flags[known] as number) | SHARED;
	}

	function leave(row: number, hash: number, ownerHash: number): void {
		const record = row * recordWords;
		if (changes.isLive(row)) changes.cease(row);
		if ((flags[row] as number) & SHARED) {
			const next = shared.leave(row);
			if (next !== undefined) changes.become(next);
		}
		clients.leave(records[record + columns.client] as number, ownerHash);
		endpoints.leave(records[record + columns.endpoint] as number);
		index.remove(row, hash);
		flags[row] = 0;
		bytes[row] = 0;
		packets[row] = 0;
	}

	function forgetUnseen(first: number): number {
		const { next, count } = findUnseen(first);
		for (let from = 0; from < count; from += TOGETHER)
			leaveTogether(unseen.subarray(from, Math.min(from + TOGETHER, count)));
		return next;
	}

	/** Those of a slice, and the row behind it. */
	function findUnseen(first: number): { next: number; count: number } {
		const { length } = index;
		const fours = inFours(flags, length);
		let at = first / 4;
		let count = 0;
		for (let budget = ROWS_PER_SLICE; budget > 0 && at < fours.length; at++, budget -= 4) {
			if (unseenOf(fours[at] as number) === 0) continue;
			for (let row = 4 * at; row < 4 * at + 4; row++) {
				if (((flags[row] as number) & (USED | SEEN)) !== USED) continue;
				unseen[count++] = row;
				budget -= LEAVE_COST;
			}
		}
		return { next: 4 * at, count };
	}

	function leaveTogether(rows: Uint32Array): void {
		index.warmRows(rows, hashes);
		for (let i = 0; i < rows.length; i++)
			owners[i] = records[(rows[i] as number) * recordWords + columns.client] as number;
		clients.warmRows(owners.subarray(0, rows.length), ownerHashes);
		for (let i = 0; i < rows.length; i++)
			leave(rows[i] as number, hashes[i] as number, ownerHashes[i] as number);
	}

	function warm(words: Uint32Array, many: ManyKeys, count: number): void {
		for (let i = 0; i < count; i++) {
			const at = many.places[i] as number;
			many.hashes[i] = index.hashOf(words, at);
			many.clientHashes[i] = clientHashOf(words, at);
		}
		index.warm(many.hashes, count);
		clients.warm(many.clientHashes, count);
	}

	function clientHashOf(words: Uint32Array, at: number): number {
		const label = labels.labelOf(keys.slotOf(words, at));
		return clients.hashOf(words, at + keys.client, keys.prefixOf(words, at), label);
	}

	function labelsOf(row: number): readonly string[] {
		const record = row * recordWords;
		const { dip } = endpoints.endpointAt(records[record + columns.endpoint] as number);
		return [...clients.labels(records[record + columns.client] as number), dip];
	}

	/** From the key and not from the client's row, which is far away. The first loop fetches what the second one looks at. */
	function readParts(rows: Uint32Array, parts: LabelParts): void {
		for (let i = 0; i < rows.length; i++) {
			const record = (rows[i] as number) * recordWords;
			parts.services[i] = keys.slotOf(records, record);
			parts.endpoints[i] = records[record + columns.endpoint] as number;
		}
		for (let i = 0; i < rows.length; i++) {
			const record = (rows[i] as number) * recordWords;
			parts.services[i] = labels.labelOf(parts.services[i] as number);
			parts.endpoints[i] = endpoints.endpointAt(parts.endpoints[i] as number).id;
			setClient(parts.clients, i, records, record + keys.client, keys.prefixOf(records, record));
		}
	}

	return {
		shared,
		clientHashOf,
		enter,
		warm,
		forgetUnseen,
		series: {
			bytes,
			packets,
			get length() {
				return index.length;
			},
			labels: labelsOf,
			readParts,
			takeChanges: changes.take,
		},
	};
}

/** How pairs come and go: each with its client and its endpoint. The row of a pair is that of the source. */
import type { ClientTable } from "./client-table.ts";
import { setClient } from "./client-words.ts";
import { GROUP } from "./count-rows.ts";
import type { EndpointTable } from "./endpoint-table.ts";
import { NO_ROW } from "./key-index.ts";
import { type PairColumns, USED } from "./pair-columns.ts";
import type { PairFormat } from "./pair-format.ts";
import type { PairKeys } from "./pair-keys.ts";
import type { SameSeries } from "./same-series.ts";
import type { LabelParts } from "./series.ts";
import type { SlotLabels } from "./slot-labels.ts";

export interface PairRowsParts {
	readonly format: PairFormat;
	/** All rows, one behind another. */
	readonly words: Uint32Array;
	readonly columns: PairColumns;
	readonly keys: PairKeys;
	readonly clients: ClientTable;
	readonly endpoints: EndpointTable;
	readonly labels: SlotLabels;
	readonly series: SameSeries;
	/** What the poll says of rows that come now. */
	readonly poll: { readonly number: number; readonly entryWeight: number };
}

export interface PairRows {
	/** These rows hold pairs now: at most GROUP. */
	enter(rows: Uint32Array): void;
	/** The same rows hold none any more. */
	leave(rows: Uint32Array): void;
	/** See series.ts. */
	labels(row: number): readonly string[];
	/** Fetches what readPart() looks at, of all these rows at once. Some may be no rows of pairs. */
	warm(rows: Uint32Array): void;
	/** The labels, as the nth row of `parts`. */
	readPart(row: number, parts: LabelParts, nth: number): void;
}

export function createPairRows(parts: PairRowsParts): PairRows {
	const { format, words, columns, keys, clients, endpoints, labels, series, poll } = parts;
	const rowWords = format.rowBytes / 4;
	const versionAt = format.version / 4;
	const keyBytes = Buffer.from(words.buffer, words.byteOffset, words.byteLength);
	const owners = new Uint32Array(GROUP);
	const hashes = new Uint32Array(GROUP);
	/** What was read only to be fetched is written here, or the compiler would leave the reading out. */
	const touched = new Uint32Array(1);

	function enter(rows: Uint32Array): void {
		const count = rows.length;
		for (let i = 0; i < count; i++) {
			const at = (rows[i] as number) * rowWords;
			// What stands in the row was written before its version was: nothing of it is read before that.
			Atomics.load(words, at + versionAt);
			const label = labels.labelOf(keys.slotOf(words, at));
			hashes[i] = clients.hashOf(words, at + keys.client, keys.prefixOf(words, at), label);
		}
		clients.warm(hashes, count);
		for (let i = 0; i < count; i++) enterRow(rows[i] as number, hashes[i] as number);
	}

	function enterRow(row: number, hash: number): void {
		const at = row * rowWords;
		const slot = keys.slotOf(words, at);
		const label = labels.labelOf(slot);
		// Pairs of a client come together, and are read together.
		const near = row === 0 ? 0 : (columns.clients[row - 1] as number) + 1;
		columns.endpoints[row] = endpointOf(at, slot, label);
		columns.clients[row] = clients.enter(
			words,
			at + keys.client,
			keys.prefixOf(words, at),
			label,
			near,
			hash,
		);
		endpoints.enter(columns.endpoints[row] as number);
		columns.changed[row] = poll.number;
		// As long as none has a weight, the column takes no memory.
		if (columns.floors[row] !== poll.entryWeight) columns.floors[row] = poll.entryWeight;
		columns.flags[row] = USED;
		series.enter(row);
		columns.versions[row] = words[at + versionAt] as number;
	}

	function endpointOf(at: number, slot: number, label: number): number {
		const key = keys.endpointKey(words, at);
		const known = endpoints.find(key);
		if (known !== NO_ROW) return known;
		const endpoint = endpoints.named(label, format.endpointOf(keyBytes, 4 * at + format.key));
		const row = endpoints.add(key, slot, endpoint);
		endpoint.names.add(row);
		if (endpoint.names.size > 1) series.review();
		return row;
	}

	function leave(rows: Uint32Array): void {
		const count = rows.length;
		for (let i = 0; i < count; i++) owners[i] = columns.clients[rows[i] as number] as number;
		clients.warmRows(owners.subarray(0, count), hashes);
		for (let i = 0; i < count; i++) leaveRow(rows[i] as number, hashes[i] as number);
	}

	function leaveRow(row: number, clientHash: number): void {
		series.leave(row);
		columns.flags[row] = 0;
		clients.leave(columns.clients[row] as number, clientHash);
		endpoints.leave(columns.endpoints[row] as number);
		columns.versions[row] = 0;
		columns.bytes[row] = 0;
		columns.packets[row] = 0;
	}

	/** From the row and not from the client's, which is far away. */
	function readPart(row: number, to: LabelParts, nth: number): void {
		const at = row * rowWords;
		to.services[nth] = labels.labelOf(keys.slotOf(words, at));
		to.endpoints[nth] = endpoints.endpointAt(columns.endpoints[row] as number).id;
		setClient(to.clients, nth, words, at + keys.client, keys.prefixOf(words, at));
	}

	function labelsOf(row: number): readonly string[] {
		const { dip } = endpoints.endpointAt(columns.endpoints[row] as number);
		return [...clients.labels(columns.clients[row] as number), dip];
	}

	/** Without it, readPart() waits for the memory of each row by itself: it took half as long again. */
	function warm(rows: Uint32Array): void {
		let word = 0;
		for (let i = 0; i < rows.length; i++) {
			const at = (rows[i] as number) * rowWords;
			if (at < words.length) word ^= words[at] as number;
		}
		touched[0] = word;
	}

	return { enter, leave, warm, labels: labelsOf, readPart };
}

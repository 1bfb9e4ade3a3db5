/**
 * The loops over all pairs of a poll: a million rows in them are the most part of what a poll takes. Nothing is made for
 * a row. Rows go through them in groups that the cache holds.
 */
import { LEAVING, type PairColumns } from "./pair-columns.ts";
import type { PairFormat } from "./pair-format.ts";
import type { RowList } from "./row-list.ts";
import { u64At } from "./words.ts";

/** Sums by row. */
export interface Sums {
	readonly bytes: Float64Array;
	readonly packets: Float64Array;
}

/** What the poll that is under way knows of itself. */
export interface PollState {
	number: number;
	/** Weight of a row that comes now, see governor.ts. */
	entryWeight: number;
	/** Rows that hold a pair. */
	rows: number;
	/** Of these, those that are about to be taken away. */
	readonly leaving: RowList;
}

export interface RowCountParts {
	readonly format: PairFormat;
	/** All rows, one behind another; the source changes them at any time. */
	readonly words: Uint32Array;
	readonly columns: PairColumns;
	readonly clientPackets: Float64Array;
	readonly endpoints: Sums;
	readonly poll: PollState;
	/** The pairs that these rows held are gone. */
	readonly leave: (rows: Uint32Array) => void;
	/** These rows hold other pairs now. */
	readonly enter: (rows: Uint32Array) => void;
}

/** With what is known of them, they fit into the second-level cache. */
export const GROUP = 1024;

/** Gives a function that counts the rows from one number up to another. */
export function createRowCount(parts: RowCountParts): (from: number, to: number) => void {
	const { format, words, columns, poll, endpoints, clientPackets } = parts;
	const { versions, flags, changed, bytes, packets } = columns;
	const rowWords = format.rowBytes / 4;
	const [versionAt, leavingAt] = [format.version / 4, format.leaving / 4];
	const [bytesAt, packetsAt] = [format.bytes / 4, format.packets / 4];
	/** A copy: the two halves of a number that is read in place may be of different moments. */
	const held = new Uint32Array(GROUP * rowWords);
	const gone = new Uint32Array(GROUP);
	const come = new Uint32Array(GROUP);

	function count(from: number, to: number): void {
		for (let first = from; first < to; first += GROUP) {
			const length = Math.min(GROUP, to - first);
			held.set(words.subarray(first * rowWords, (first + length) * rowWords));
			followVersions(first, length);
			takeValues(first, length);
			addToClients(first, length);
			addToEndpoints(first, length);
		}
	}

	function followVersions(first: number, length: number): void {
		let [goneCount, comeCount] = [0, 0];
		for (let i = 0, at = versionAt; i < length; i++, at += rowWords) {
			const version = held[at] as number;
			const known = versions[first + i] as number;
			if (version === known) continue;
			if (known & 1) gone[goneCount++] = first + i;
			if (version & 1) come[comeCount++] = first + i;
		}
		if (goneCount > 0) parts.leave(gone.subarray(0, goneCount));
		if (comeCount > 0) parts.enter(come.subarray(0, comeCount));
	}

	function takeValues(first: number, length: number): void {
		for (let i = 0, at = 0, row = first; i < length; i++, row++, at += rowWords) {
			// Came after the copy was made, or is being made at this moment.
			if (((held[at + versionAt] as number) & 1) === 0) continue;
			poll.rows++;
			if (held[at + leavingAt] !== 0) {
				flags[row] = (flags[row] as number) | LEAVING;
				poll.leaving.push(row);
			}
			const now = u64At(held, at + bytesAt);
			if (now !== bytes[row]) changed[row] = poll.number;
			bytes[row] = now;
			packets[row] = u64At(held, at + packetsAt);
		}
	}

	/** A row without a pair adds 0 to some client: that costs less than to ask. */
	function addToClients(first: number, length: number): void {
		const { clients } = columns;
		for (let row = first; row < first + length; row++) {
			const client = clients[row] as number;
			clientPackets[client] = (clientPackets[client] as number) + (packets[row] as number);
		}
	}

	function addToEndpoints(first: number, length: number): void {
		for (let row = first; row < first + length; row++) {
			const endpoint = columns.endpoints[row] as number;
			endpoints.bytes[endpoint] = (endpoints.bytes[endpoint] as number) + (bytes[row] as number);
			endpoints.packets[endpoint] = (endpoints.packets[endpoint] as number) + (packets[row] as number);
		}
	}

	return count;
}

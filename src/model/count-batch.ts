/** The loop over all pairs of a poll: a million rows in it are a tenth of a second. Nothing is made for a row. */
import { equalWords } from "./key-index.ts";
import { LEAVING, type PairColumns, SEEN, USED } from "./pair-columns.ts";
import { type PairFormat, type RowBatch, wordsOf } from "./pair-format.ts";
import type { ReadingOrder } from "./reading-order.ts";

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
	/** Rows read. */
	rows: number;
}

export interface BatchCountParts {
	readonly format: PairFormat;
	readonly columns: PairColumns;
	readonly clients: Sums;
	readonly endpoints: Sums;
	readonly order: ReadingOrder;
	readonly poll: PollState;
	/** The row of a key that is not the one expected; made when there is none. */
	readonly locate: (keys: Buffer, words: Uint32Array, at: number) => number;
}

const TWO_TO_32 = 2 ** 32;

/** A word of a record that says nothing. */
export const NOWHERE = 0xffffffff;

export function createBatchCount(parts: BatchCountParts): (batch: RowBatch) => void {
	const { format, columns, order, poll } = parts;
	const { keyWords, recordWords, flags, changed, bytes, packets } = columns;
	const { records } = columns.index;
	const valueWords = format.valueBytes / 4;
	const [bytesAt, packetsAt, leavingAt] = [format.bytes / 4, format.packets / 4, format.leaving / 4];

	/** Long, for what is called for a row costs as much as the row; and what it needs is at hand. */
	function countBatch({ count, keys, values }: RowBatch): void {
		const words = wordsOf(keys);
		const value = wordsOf(values);
		const { last, lastCount, now } = order;
		const { position, client, endpoint } = columns;
		const { bytes: clientBytes, packets: clientPackets } = parts.clients;
		const { bytes: endpointBytes, packets: endpointPackets } = parts.endpoints;
		let { cursor, nowCount } = order;
		for (let i = 0, at = 0, v = 0; i < count; i++, at += keyWords, v += valueWords) {
			let row = cursor < lastCount ? (last[cursor] as number) : 0;
			if (isAt(row, words, at)) cursor++;
			else {
				order.cursor = cursor;
				order.nowCount = nowCount;
				row = findUnexpected(keys, words, at);
				cursor = order.cursor;
			}
			const record = row * recordWords;
			flags[row] = (flags[row] as number) | markOf(value[v + leavingAt] as number);
			records[record + position] = nowCount;
			now[nowCount++] = row;
			const nowBytes = (value[v + bytesAt + 1] as number) * TWO_TO_32 + (value[v + bytesAt] as number);
			const nowPackets = (value[v + packetsAt + 1] as number) * TWO_TO_32 + (value[v + packetsAt] as number);
			if (nowBytes !== bytes[row]) {
				changed[row] = poll.number;
				if (nowBytes < (bytes[row] as number)) renew(row);
			}
			bytes[row] = nowBytes;
			packets[row] = nowPackets;
			const ofClient = records[record + client] as number;
			const ofEndpoint = records[record + endpoint] as number;
			clientBytes[ofClient] = (clientBytes[ofClient] as number) + nowBytes;
			clientPackets[ofClient] = (clientPackets[ofClient] as number) + nowPackets;
			endpointBytes[ofEndpoint] = (endpointBytes[ofEndpoint] as number) + nowBytes;
			endpointPackets[ofEndpoint] = (endpointPackets[ofEndpoint] as number) + nowPackets;
		}
		order.cursor = cursor;
		order.nowCount = nowCount;
		poll.rows += count;
	}

	/** Whether the row has this key, and was not read in this poll yet. */
	function isAt(row: number, words: Uint32Array, at: number): boolean {
		if (((flags[row] as number) & (USED | SEEN)) !== USED) return false;
		return equalWords(records, row * recordWords, words, at, keyWords);
	}

	/** Sets the cursor behind the row. */
	function findUnexpected(keys: Buffer, words: Uint32Array, at: number): number {
		const behind = order.cursor + 1;
		const next = behind < order.lastCount ? (order.last[behind] as number) : 0;
		// One row less than before: the commonest surprise.
		if (isAt(next, words, at)) {
			order.cursor = behind + 1;
			return next;
		}
		const row = parts.locate(keys, words, at);
		const position = records[row * recordWords + columns.position] as number;
		if (position !== NOWHERE) order.cursor = position + 1;
		if ((flags[row] as number) & SEEN) takeBack(row);
		return row;
	}

	/** Taken away and made anew between two polls: it is a newcomer. */
	function renew(row: number): void {
		columns.floors[row] = poll.entryWeight;
	}

	/** A map that changes may tell a row twice: the later one counts. */
	function takeBack(row: number): void {
		addToSums(parts, row, -(packets[row] as number), -(bytes[row] as number));
		poll.rows--;
	}

	return countBatch;
}

function markOf(leaving: number): number {
	return leaving === 0 ? SEEN : SEEN | LEAVING;
}

export function addToSums(
	{ columns, clients, endpoints }: Pick<BatchCountParts, "columns" | "clients" | "endpoints">,
	row: number,
	morePackets: number,
	moreBytes: number,
): void {
	const { records } = columns.index;
	const client = records[row * columns.recordWords + columns.client] as number;
	const endpoint = records[row * columns.recordWords + columns.endpoint] as number;
	clients.bytes[client] = (clients.bytes[client] as number) + moreBytes;
	clients.packets[client] = (clients.packets[client] as number) + morePackets;
	endpoints.bytes[endpoint] = (endpoints.bytes[endpoint] as number) + moreBytes;
	endpoints.packets[endpoint] = (endpoints.packets[endpoint] as number) + morePackets;
}

/**
 * The loops over all pairs of a poll: a million rows in them are a tenth of a second. Nothing is made for a row. Rows go
 * through them in groups that the cache holds, and each loop reads one far place for a row at most: so the processor
 * fetches those of many rows at once, instead of waiting for each.
 */
import { equalWords } from "./key-index.ts";
import { LEAVING, type PairColumns, SEEN, USED } from "./pair-columns.ts";
import { type PairFormat, type RowBatch, wordsOf } from "./pair-format.ts";
import type { ManyKeys, PairKey } from "./pair-rows.ts";
import { NONE_EXPECTED, type ReadingOrder } from "./reading-order.ts";

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

/** Rows of the batch that are not the ones expected. */
interface Surprises extends ManyKeys {
	/** Where their rows are to be put, in the group. */
	readonly members: Uint32Array;
	count: number;
}

export interface BatchCountParts {
	readonly format: PairFormat;
	readonly columns: PairColumns;
	readonly clientPackets: Float64Array;
	readonly endpoints: Sums;
	readonly order: ReadingOrder;
	readonly poll: PollState;
	/** Fetches what locate() will look at. */
	readonly warm: (words: Uint32Array, many: ManyKeys, count: number) => void;
	/** The row of a key in `keys`; made when there is none, behind row `before`. */
	readonly locate: (keys: Buffer, key: PairKey, before: number) => number;
}

const TWO_TO_32 = 2 ** 32;
const GROUP = 256;
/** So many rows that left one behind another are passed over without looking for the next one. */
const AHEAD = 4;

/** Not a row. */
const NOWHERE = 0xffffffff;

export function createBatchCount(parts: BatchCountParts): (batch: RowBatch) => void {
	const { format, columns, order, poll, endpoints, clientPackets } = parts;
	const { keyWords, recordWords, flags, changed, bytes, packets } = columns;
	const { records } = columns.index;
	const { next } = order;
	const valueWords = format.valueBytes / 4;
	const [bytesAt, packetsAt, leavingAt] = [format.bytes / 4, format.packets / 4, format.leaving / 4];
	/** What was read only to be fetched is written here, or the compiler would leave the reading out. */
	const touched = new Uint32Array(1);
	/** Of the group; NOWHERE: told again later in the group. */
	const rows = new Uint32Array(GROUP);
	const surprises = createSurprises();
	const key: PairKey = { words: new Uint32Array(), at: 0, hash: 0, clientHash: 0 };

	function countBatch({ count, keys, values }: RowBatch): void {
		const words = wordsOf(keys);
		const counts = wordsOf(values);
		for (let from = 0; from < count; from += GROUP) {
			const length = Math.min(GROUP, count - from);
			warmExpected(length);
			findExpected(words, from * keyWords, length);
			if (surprises.count > 0) findOthers(keys, words, length);
			takeValues(counts, from * valueWords, length);
			addToClients(length);
			addToEndpoints(length);
		}
	}

	/** Records are compared too slowly for the processor to see the next ones coming: it took half as long again. */
	function warmExpected(length: number): void {
		let row = order.expected;
		let word = 0;
		for (let i = 0; i < length; i++) {
			const record = row * recordWords;
			word ^= (records[record] as number) ^ (records[record + recordWords - 1] as number);
			row = next[row] as number;
		}
		touched[0] = word;
	}

	function findExpected(words: Uint32Array, start: number, length: number): void {
		const { places, members } = surprises;
		let { expected } = order;
		let surprised = 0;
		for (let i = 0, at = start; i < length; i++, at += keyWords) {
			const row = isAt(expected, words, at) ? expected : lookAhead(expected, words, at);
			rows[i] = row;
			if (row === NOWHERE) {
				places[surprised] = at;
				members[surprised++] = i;
				continue;
			}
			expected = next[row] as number;
			flags[row] = (flags[row] as number) | SEEN;
		}
		order.expected = expected;
		surprises.count = surprised;
	}

	/** Whether the row has this key, and was not read in this poll yet. */
	function isAt(row: number, words: Uint32Array, at: number): boolean {
		if (((flags[row] as number) & (USED | SEEN)) !== USED) return false;
		return equalWords(records, row * recordWords, words, at, keyWords);
	}

	/** The row of the key, if it is expected soon behind this one. */
	function lookAhead(expected: number, words: Uint32Array, at: number): number {
		let row = expected;
		for (let ahead = 1; ahead <= AHEAD; ahead++) {
			row = next[row] as number;
			if (isAt(row, words, at)) return row;
		}
		return NOWHERE;
	}

	function findOthers(keys: Buffer, words: Uint32Array, length: number): void {
		const { members, count } = surprises;
		parts.warm(words, surprises, count);
		key.words = words;
		let behind = NONE_EXPECTED;
		for (let i = 0; i < count; i++) {
			const member = members[i] as number;
			key.at = surprises.places[i] as number;
			key.hash = surprises.hashes[i] as number;
			key.clientHash = surprises.clientHashes[i] as number;
			const row = parts.locate(keys, key, rowBefore(member));
			behind = next[row] as number;
			if (((flags[row] as number) & SEEN) === 0 || isLast(member, row, length)) rows[member] = row;
			flags[row] = (flags[row] as number) | SEEN;
		}
		// Another order than before: it goes on behind the last row, if that was there before.
		if (members[count - 1] === length - 1 && behind !== NONE_EXPECTED) order.expected = behind;
	}

	/** What is read together stands together. */
	function rowBefore(member: number): number {
		const before = member > 0 ? (rows[member - 1] as number) : NOWHERE;
		if (before !== NOWHERE) return before;
		return order.last === order.head ? 0 : order.last;
	}

	/** A map that changes may tell a row twice: what it said before the last time is taken back. */
	function isLast(member: number, row: number, length: number): boolean {
		const other = rows.subarray(0, length).indexOf(row);
		if (other > member) return false;
		if (other >= 0) rows[other] = NOWHERE;
		else takeBack(row);
		return true;
	}

	function takeBack(row: number): void {
		const record = row * recordWords;
		const client = records[record + columns.client] as number;
		const endpoint = records[record + columns.endpoint] as number;
		clientPackets[client] = (clientPackets[client] as number) - (packets[row] as number);
		endpoints.packets[endpoint] = (endpoints.packets[endpoint] as number) - (packets[row] as number);
		endpoints.bytes[endpoint] = (endpoints.bytes[endpoint] as number) - (bytes[row] as number);
		poll.rows--;
	}

	function takeValues(values: Uint32Array, start: number, length: number): void {
		let { last } = order;
		let count = 0;
		for (let i = 0, at = start; i < length; i++, at += valueWords) {
			const row = rows[i] as number;
			if (row === NOWHERE) continue;
			next[last] = row;
			last = row;
			count++;
			if (values[at + leavingAt] !== 0) flags[row] = (flags[row] as number) | LEAVING;
			const nowBytes = (values[at + bytesAt + 1] as number) * TWO_TO_32 + (values[at + bytesAt] as number);
			if (nowBytes !== bytes[row]) {
				changed[row] = poll.number;
				// Taken away and made anew between two polls: it is a newcomer.
				if (nowBytes < (bytes[row] as number)) columns.floors[row] = poll.entryWeight;
			}
			bytes[row] = nowBytes;
			packets[row] = (values[at + packetsAt + 1] as number) * TWO_TO_32 + (values[at + packetsAt] as number);
		}
		order.last = last;
		poll.rows += count;
	}

	/** Each anywhere. */
	function addToClients(length: number): void {
		const { client } = columns;
		for (let i = 0; i < length; i++) {
			const row = rows[i] as number;
			if (row === NOWHERE) continue;
			const at = records[row * recordWords + client] as number;
			clientPackets[at] = (clientPackets[at] as number) + (packets[row] as number);
		}
	}

	function addToEndpoints(length: number): void {
		const { endpoint } = columns;
		for (let i = 0; i < length; i++) {
			const row = rows[i] as number;
			if (row === NOWHERE) continue;
			const at = records[row * recordWords + endpoint] as number;
			endpoints.bytes[at] = (endpoints.bytes[at] as number) + (bytes[row] as number);
			endpoints.packets[at] = (endpoints.packets[at] as number) + (packets[row] as number);
		}
	}

	return countBatch;
}

function createSurprises(): Surprises {
	const words = () => new Uint32Array(GROUP);
	return { places: words(), hashes: words(), clientHashes: words(), members: words(), count: 0 };
}

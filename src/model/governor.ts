/**
 * Which pairs leave, so that there is room for others: those that nothing was counted for, and when newcomers found no
 * room, those with the least traffic.
 *
 * The weight of a pair is the bytes of its row, plus the greatest weight that had ever left for want of room when the
 * row came (Space-Saving: Metwally, Agrawal, El Abbadi 2005). Then, with m rows of which one in 16 is cleared at a time:
 * - No pair whose row has counted more than N / (m - m/16) bytes leaves for want of room, where N is all that rows of
 *   pairs have counted since the exporter started, and what they had counted by then: about the mean, were all rows full.
 *   (Every departure by weight raises the floor by as much as it takes off the weights of at least m - m/16 rows above it.)
 * - The weight of a pair is not below what its rows have counted since the exporter started, though it left between
 *   for want of room: who has sent most comes back as such.
 * Not counted: what a pair sent while it had no row (that is under sip="other"), and what a row had counted that left
 * because it was idle.
 */

import { inEqualSlices } from "./in-slices.ts";
import { LEAVING, OTHERS, type PairColumns, SHARED, USED } from "./pair-columns.ts";
import type { PairTable, RuledRows } from "./pair-table.ts";
import { createRowList } from "./row-list.ts";
import { positionsOfSmallest } from "./smallest.ts";

/** One in so many rows is cleared at a time. */
const SHARE = 16;
const ROWS_PER_SLICE = 65_536;
/** They stand anywhere. */
const KEYS_PER_SLICE = 8192;

export interface GovernorOptions {
	/** Rows that the kernel has room for. */
	readonly capacity: number;
	/** A pair without traffic for so long leaves; as long as the exporter has not run for that long, none does. */
	readonly idleMs: number;
}

export interface Moment {
	/** Monotonic clock: when the pairs were read. */
	readonly atMs: number;
	/** Whether packets found no room since the last poll. */
	readonly crowded: boolean;
}

/** Keys of pairs that are to leave, one behind another. */
export interface Leaving {
	readonly idle: Buffer;
	readonly crowded: Buffer;
	/** They were to leave before, perhaps for an exporter that has ended since: to be asked for again. */
	readonly marked: Buffer;
}

export interface Governor {
	/** After each poll that succeeded. */
	choose(table: PairTable, moment: Moment): Promise<Leaving>;
}

export function createGovernor({ capacity, idleMs }: GovernorOptions): Governor {
	/** When the polls were that may still count: number and time. */
	let polls: { readonly number: number; readonly atMs: number }[] = [];

	/** Number of the last poll that is idleMs ago: what has not changed since is idle. */
	function lastIdlePoll(number: number, atMs: number): number {
		polls.push({ number, atMs });
		const last = polls.findLastIndex((poll) => poll.atMs <= atMs - idleMs);
		polls = polls.slice(Math.max(0, last));
		return last < 0 ? 0 : (polls[0]?.number ?? 0);
	}

	async function choose({ ruled }: PairTable, { atMs, crowded }: Moment): Promise<Leaving> {
		const { columns } = ruled;
		const { idle, marked, rest } = await sortOut(columns, lastIdlePoll(ruled.poll, atMs));
		const room = capacity - ruled.count + idle.length + marked.length;
		const wanted = crowded ? Math.max(1, Math.floor(capacity / SHARE)) - room : 0;
		const smallest = wanted > 0 ? await leastWeights(ruled, rest, wanted) : NOTHING;
		ruled.entryWeight = Math.max(ruled.entryWeight, smallest.greatest);
		return {
			idle: await keysOf(columns, idle),
			crowded: await keysOf(columns, smallest.rows),
			marked: await keysOf(columns, marked),
		};
	}

	return { choose };
}

/** Rows of the kernel's pairs by what becomes of them. */
async function sortOut({ index, flags, changed }: PairColumns, idlePoll: number) {
	const [idle, marked, rest] = [createRowList(), createRowList(), createRowList()];
	await inEqualSlices(index.length, ROWS_PER_SLICE, (from, to) => {
		for (let row = from; row < to; row++) {
			const mark = (flags[row] as number) & (USED | LEAVING | OTHERS);
			if (mark === (USED | LEAVING)) marked.push(row);
			else if (mark !== USED) continue;
			else if ((changed[row] as number) <= idlePoll) idle.push(row);
			else rest.push(row);
		}
	});
	return { idle: idle.toArray(), marked: marked.toArray(), rest: rest.toArray() };
}

interface Smallest {
	readonly rows: Uint32Array;
	readonly greatest: number;
}

const NOTHING: Smallest = { rows: new Uint32Array(), greatest: 0 };

async function leastWeights(ruled: RuledRows, rows: Uint32Array, count: number): Promise<Smallest> {
	const weights = await weigh(ruled, rows);
	const smallest = await positionsOfSmallest(weights, count);
	let greatest = 0;
	for (let i = 0; i < smallest.length; i++) {
		const position = smallest[i] as number;
		greatest = Math.max(greatest, weights[position] as number);
		smallest[i] = rows[position] as number;
	}
	return { rows: smallest, greatest };
}

async function weigh({ columns, ownBytes }: RuledRows, rows: Uint32Array): Promise<Float64Array> {
	const { flags, floors, bytes } = columns;
	const weights = new Float64Array(rows.length);
	await inEqualSlices(rows.length, ROWS_PER_SLICE, (from, to) => {
		for (let i = from; i < to; i++) {
			const row = rows[i] as number;
			const isShared = ((flags[row] as number) & SHARED) !== 0;
			weights[i] = (floors[row] as number) + (isShared ? ownBytes(row) : (bytes[row] as number));
		}
	});
	return weights;
}

async function keysOf({ index, keyWords, recordWords }: PairColumns, rows: Uint32Array): Promise<Buffer> {
	const { records } = index;
	const keys = new Uint32Array(rows.length * keyWords);
	await inEqualSlices(rows.length, KEYS_PER_SLICE, (from, to) => {
		for (let i = from; i < to; i++) {
			const record = (rows[i] as number) * recordWords;
			for (let k = 0; k < keyWords; k++) keys[i * keyWords + k] = records[record + k] as number;
		}
	});
	return Buffer.from(keys.buffer);
}

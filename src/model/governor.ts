/**
 * Which pairs leave, so that there is room for others: those that nothing was counted for, and when newcomers found no
 * room, those with the least traffic.
 *
 * The weight of a pair is the bytes of its row, plus the greatest weight that had ever left for want of room when the
 * row came (after Space-Saving: Metwally, Agrawal, El Abbadi 2005). Of m rows, m/16 are cleared at a time, at least one.
 * - No pair leaves for want of room whose row has counted more than N / (m - m/16) bytes, where N is what all rows have
 *   counted since the exporter started, and what it found in them then. (The greatest weight that ever left, F, is no
 *   more than that: what rows weigh beyond F grows by what is counted alone, and each time F rises, m - m/16 rows or
 *   more stay that weigh at least the new F, so that each of them is beyond it by so much less.)
 * - A pair that comes back weighs no less than what its rows have counted since then, all those together that left for
 *   want of room: who sends most in the long run stays.
 * Neither counts what a pair sends while it has no row, which is under sip="other", nor what a row had counted that
 * left because it was idle. After a start, F begins with 0 again.
 */
import { inEqualSlices } from "./in-slices.ts";
import { createLightRows, guessBound, type Least } from "./light-rows.ts";
import { LEAVING, type PairColumns, SHARED, USED } from "./pair-columns.ts";
import type { PairTable, RuledRows } from "./pair-table.ts";
import { createRowList, type RowList } from "./row-list.ts";

/** One in so many rows is cleared at a time. */
const SHARE = 16;
/** A pair leaves late by one of so many parts of the time that it may be idle. */
const IDLE_PARTS = 256;
const ROWS_PER_SLICE = 65_536;

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

/** Rows of pairs that are to leave. */
export interface Leaving {
	readonly idle: Uint32Array;
	readonly crowded: Uint32Array;
	/** They were to leave before, perhaps for an exporter that has ended since: to be asked for again. */
	readonly marked: Uint32Array;
}

export interface Governor {
	/** After each poll that succeeded. */
	choose(table: PairTable, moment: Moment): Promise<Leaving>;
}

export function createGovernor({ capacity, idleMs }: GovernorOptions): Governor {
	/** When polls were that may still count, none closer together than a part of idleMs: number and time. */
	let polls: { readonly number: number; readonly atMs: number }[] = [];

	/** Number of the last poll that is idleMs ago: what has not changed since is idle. */
	function lastIdlePoll(number: number, atMs: number): number {
		const newest = polls.at(-1);
		if (newest === undefined || atMs - newest.atMs >= idleMs / IDLE_PARTS) polls.push({ number, atMs });
		const last = polls.findLastIndex((poll) => poll.atMs <= atMs - idleMs);
		polls = polls.slice(Math.max(0, last));
		return last < 0 ? 0 : (polls[0]?.number ?? 0);
	}

	async function choose({ ruled }: PairTable, { atMs, crowded }: Moment): Promise<Leaving> {
		const idlePoll = lastIdlePoll(ruled.poll, atMs);
		const most = crowded ? Math.max(1, Math.floor(capacity / SHARE)) - (capacity - ruled.count) : 0;
		const { idle, least } = await survey(ruled, idlePoll, most);
		ruled.entryWeight = Math.max(ruled.entryWeight, least.greatest);
		return { idle, crowded: least.rows, marked: ruled.leaving.slice() };
	}

	return { choose };
}

/** Of rows that hold a pair: those that stay. */
const STAYS = USED;
const RULED = USED | LEAVING;

interface Survey {
	readonly idle: Uint32Array;
	readonly least: Least;
}

const NOTHING: Least = { rows: new Uint32Array(), greatest: 0 };

/** One look at all rows. For want of room `most` leave, less those that leave anyway. */
async function survey(ruled: RuledRows, idlePoll: number, most: number): Promise<Survey> {
	const weightOf = (row: number) =>
		weigh(ruled, idlePoll, EVERY, row, row + 1) === 0 ? undefined : weighed.weights[0];
	const bound = most > 0 ? guessBound(ruled.length, most, weightOf) : NONE;
	const { idle, light } = await lookAtAll(ruled, idlePoll, most, bound);
	const wanted = most - idle.length - ruled.leaving.length;
	if (wanted <= 0) return { idle, least: NOTHING };
	const enough = light.suffice(wanted) ? light : (await lookAtAll(ruled, idlePoll, most, EVERY)).light;
	return { idle, least: await enough.least(wanted) };
}

/** Weights below which there is no row, and every one. */
const NONE = -1;
const EVERY = Number.POSITIVE_INFINITY;

async function lookAtAll(ruled: RuledRows, idlePoll: number, most: number, bound: number) {
	const [idle, light] = [createRowList(), createLightRows(most, bound)];
	await inEqualSlices(ruled.length, ROWS_PER_SLICE, (from, to) => {
		if (idlePoll > 0) findIdle(ruled.columns, idlePoll, idle, from, to);
		if (bound === NONE) return;
		light.offer(weighed.rows, weighed.weights, weigh(ruled, idlePoll, bound, from, to));
	});
	return { idle: idle.toArray(), light };
}

function findIdle(
	{ flags, changed }: PairColumns,
	idlePoll: number,
	idle: RowList,
	from: number,
	to: number,
): void {
	for (let row = from; row < to; row++) {
		if ((changed[row] as number) <= idlePoll && ((flags[row] as number) & RULED) === STAYS) idle.push(row);
	}
}

/** What weigh() has found. Calling somebody for each row kept the loop from staying compiled: it took twice as long. */
const weighed = { rows: new Uint32Array(ROWS_PER_SLICE), weights: new Float64Array(ROWS_PER_SLICE) };

/** Rows of pairs that stay, but for the idle ones, and that weigh no more than this bound: gives how many there are. */
function weigh(
	{ columns, ownBytes }: RuledRows,
	idlePoll: number,
	bound: number,
	from: number,
	to: number,
): number {
	const { flags, changed, floors, bytes } = columns;
	const { rows, weights } = weighed;
	let count = 0;
	for (let row = from; row < to; row++) {
		const flag = flags[row] as number;
		if ((flag & RULED) !== STAYS || (changed[row] as number) <= idlePoll) continue;
		const own = (flag & SHARED) === 0 ? (bytes[row] as number) : ownBytes(row);
		const weight = (floors[row] as number) + own;
		if (weight > bound) continue;
		rows[count] = row;
		weights[count++] = weight;
	}
	return count;
}

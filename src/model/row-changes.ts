/** Which rows of a table became or ceased to be a series since this was last asked. */
import { createRowList, type RowList } from "./row-list.ts";
import type { Changes, SeriesTable } from "./series.ts";

/** Is a series now. */
const LIVE = 1;
/** Was one when the changes were last taken. */
const TAKEN = 2;
/** Became or ceased since. */
const CHANGED = 4;
/** What has changed among so many rows is told at once. */
const ROWS_TOGETHER = 65_536;
const FOUR_CHANGED = CHANGED * 0x01010101;

export interface RowChanges {
	become(row: number): void;
	cease(row: number): void;
	isLive(row: number): boolean;
	readonly take: SeriesTable["takeChanges"];
}

export function createRowChanges(capacity: number): RowChanges {
	const fours = new Uint32Array(Math.ceil(capacity / 4));
	const flags = new Uint8Array(fours.buffer);
	/** Rows from here on never changed. */
	let end = 0;

	/** All rows are looked at, four at once: so the changes ascend, as the rows themselves stand in memory. */
	function* take() {
		for (let from = 0; from < end; from += ROWS_TOGETHER) yield takeFrom(from);
	}

	function takeFrom(from: number): Changes {
		const [gone, come] = [createRowList(), createRowList()];
		const last = Math.ceil(Math.min(from + ROWS_TOGETHER, end) / 4);
		for (let four = from / 4; four < last; four++) {
			if (((fours[four] as number) & FOUR_CHANGED) === 0) continue;
			for (let row = 4 * four; row < 4 * four + 4; row++) takeRow(row, gone, come);
		}
		return { gone: gone.toArray(), come: come.toArray() };
	}

	function takeRow(row: number, gone: RowList, come: RowList): void {
		const flag = flags[row] as number;
		if ((flag & CHANGED) === 0) return;
		if (flag & TAKEN) gone.push(row);
		if (flag & LIVE) come.push(row);
		flags[row] = flag & LIVE ? LIVE | TAKEN : 0;
	}

	return {
		become(row) {
			flags[row] = (flags[row] as number) | LIVE | CHANGED;
			end = Math.max(end, row + 1);
		},
		cease(row) {
			flags[row] = ((flags[row] as number) & ~LIVE) | CHANGED;
		},
		isLive: (row) => ((flags[row] as number) & LIVE) !== 0,
		take,
	};
}

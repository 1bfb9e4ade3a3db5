/** Which rows of a table became or ceased to be a series since this was last asked. */
import { createRowList } from "./row-list.ts";
import type { SeriesTable } from "./series.ts";

/** Is a series now. */
const LIVE = 1;
/** Was one when the changes were last taken. */
const TAKEN = 2;
/** Is in the list. */
const LISTED = 4;

export interface RowChanges {
	become(row: number): void;
	cease(row: number): void;
	isLive(row: number): boolean;
	readonly take: SeriesTable["takeChanges"];
}

export function createRowChanges(capacity: number): RowChanges {
	const flags = new Uint8Array(capacity);
	let listed = createRowList();

	function list(row: number): void {
		if ((flags[row] as number) & LISTED) return;
		flags[row] = (flags[row] as number) | LISTED;
		listed.push(row);
	}

	function take() {
		const rows = listed.toArray();
		const [gone, come] = [createRowList(), createRowList()];
		for (let i = 0; i < rows.length; i++) {
			const row = rows[i] as number;
			const flag = flags[row] as number;
			if (flag & TAKEN) gone.push(row);
			if (flag & LIVE) come.push(row);
			flags[row] = flag & LIVE ? LIVE | TAKEN : 0;
		}
		listed = createRowList();
		return { gone: gone.toArray(), come: come.toArray() };
	}

	return {
		become(row) {
			list(row);
			flags[row] = (flags[row] as number) | LIVE;
		},
		cease(row) {
			list(row);
			flags[row] = (flags[row] as number) & ~LIVE;
		},
		isLive: (row) => ((flags[row] as number) & LIVE) !== 0,
		take,
	};
}

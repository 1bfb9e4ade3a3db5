/**
 * Which rows are a series of the page, and which are the same one: pairs of two slots with the same label, or of an
 * endpoint that the kernel knows by two names. Endpoints with one name, nearly all, are not looked into.
 */
import type { EndpointTable } from "./endpoint-table.ts";
import { inEqualSlices } from "./in-slices.ts";
import { createKeyIndex, NO_ROW } from "./key-index.ts";
import { FOUND, type PairColumns, SHARED, UNDECIDED, USED } from "./pair-columns.ts";
import type { RowChanges } from "./row-changes.ts";
import { createRowList } from "./row-list.ts";
import { createSharedSeries, type SharedSeries } from "./shared-series.ts";

const ROWS_PER_SLICE = 65_536;
const DECIDED_PER_SLICE = 8192;

/** Client and endpoint, behind them the row by which the series is found. */
const KEY_WORDS = 2;
const RECORD_WORDS = KEY_WORDS + 1;

export interface SameSeries {
	readonly shared: SharedSeries;
	/** The row holds a pair now, its client and endpoint are known. */
	enter(row: number): void;
	/** Its client and endpoint are still known. */
	leave(row: number): void;
	/** An endpoint has one name more. */
	review(): void;
	/** Rows below `length` are looked at. */
	settle(length: number): Promise<void>;
}

export function createSameSeries(
	columns: PairColumns,
	endpoints: EndpointTable,
	changes: Pick<RowChanges, "become" | "cease">,
): SameSeries {
	const { flags } = columns;
	const shared = createSharedSeries(columns.bytes, columns.packets);
	const index = createKeyIndex(flags.length, { keyWords: KEY_WORDS, recordWords: RECORD_WORDS });
	const key = new Uint32Array(KEY_WORDS);
	const undecided = createRowList();
	let isReviewDue = false;

	function mark(row: number, flag: number): void {
		flags[row] = (flags[row] as number) | flag;
	}

	const has = (row: number, flag: number) => ((flags[row] as number) & flag) !== 0;

	function hasNames(row: number): boolean {
		return endpoints.endpointAt(columns.endpoints[row] as number).names.size > 1;
	}

	function findEntry(row: number): number {
		key[0] = columns.clients[row] as number;
		key[1] = endpoints.endpointAt(columns.endpoints[row] as number).id;
		return index.find(key, 0);
	}

	/** After findEntry() found none. */
	function addEntry(row: number): void {
		const entry = index.add(key, 0, 0);
		index.records[entry * RECORD_WORDS + KEY_WORDS] = row;
		mark(row, FOUND);
	}

	function leaveFound(row: number): void {
		const next = has(row, SHARED) ? shared.leave(row) : undefined;
		const entry = findEntry(row);
		if (next === undefined) index.remove(entry);
		else {
			index.records[entry * RECORD_WORDS + KEY_WORDS] = next;
			mark(next, FOUND);
			changes.become(next);
		}
		changes.cease(row);
	}

	function reviewRow(row: number): void {
		if (!has(row, USED) || has(row, FOUND | SHARED | UNDECIDED) || !hasNames(row)) return;
		findEntry(row);
		addEntry(row);
	}

	function decide(row: number): void {
		// It may have left, and even come again, since it was listed.
		if (!has(row, UNDECIDED)) return;
		flags[row] = (flags[row] as number) & ~UNDECIDED;
		const entry = findEntry(row);
		if (entry === NO_ROW) {
			addEntry(row);
			changes.become(row);
			return;
		}
		const known = index.records[entry * RECORD_WORDS + KEY_WORDS] as number;
		shared.join(row, known);
		mark(row, SHARED);
		mark(known, SHARED);
	}

	return {
		shared,
		enter(row) {
			if (!hasNames(row)) changes.become(row);
			else {
				mark(row, UNDECIDED);
				undecided.push(row);
			}
		},
		leave(row) {
			if (has(row, FOUND)) leaveFound(row);
			else if (has(row, SHARED)) shared.leave(row);
			else if (!has(row, UNDECIDED)) changes.cease(row);
		},
		review() {
			isReviewDue = true;
		},
		async settle(length) {
			if (isReviewDue) {
				await inEqualSlices(length, ROWS_PER_SLICE, (from, to) => {
					for (let row = from; row < to; row++) reviewRow(row);
				});
				isReviewDue = false;
			}
			const rows = undecided.toArray();
			await inEqualSlices(rows.length, DECIDED_PER_SLICE, (from, to) => {
				for (let i = from; i < to; i++) decide(rows[i] as number);
			});
			undecided.clear();
		},
	};
}

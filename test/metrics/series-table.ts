/** Tables of series as object literals. */
import type { SeriesTable, Tables } from "../../src/model/series.ts";

export interface Series {
	readonly labels: readonly string[];
	readonly bytes: number;
	readonly packets: number;
}

export interface Changes {
	readonly gone?: readonly number[];
	readonly come?: readonly number[];
}

/** By row; undefined where a row is none. */
export function seriesTable(
	rows: readonly (Series | undefined)[],
	{ gone = [], come = [] }: Changes,
): SeriesTable {
	return {
		length: rows.length,
		bytes: Float64Array.from(rows, (series) => series?.bytes ?? Number.NaN),
		packets: Float64Array.from(rows, (series) => series?.packets ?? Number.NaN),
		labels(row) {
			const series = rows[row];
			if (series === undefined) throw new Error(`row ${row} is no series`);
			return series.labels;
		},
		takeChanges: () => ({ gone: Uint32Array.from(gone), come: Uint32Array.from(come) }),
	};
}

/** Whose rows have all just come. */
export function newTable(rows: readonly Series[]): SeriesTable {
	return seriesTable(rows, { come: [...rows.keys()] });
}

export function newTables(pairs: readonly Series[], clients: readonly Series[]): Tables {
	return { pairs: newTable(pairs), clients: newTable(clients) };
}

/** A table that changes between polls, and what a page must then say of it. */
import type { SeriesTable } from "../../src/model/series.ts";
import { type Series, seriesTable } from "./series-table.ts";

export interface ChangingTable {
	/** In the place of a series that went, if there is one. */
	add(series: Series): void;
	/** The nth of those that are there. */
	remove(nth: number): void;
	/** Gives each series its next value. */
	count(next: (series: Series) => Series): void;
	/** As the poller reads it. */
	read(): SeriesTable;
	series(): Series[];
}

export function changingTable(): ChangingTable {
	const rows: (Series | undefined)[] = [];
	/** By row, since when it is this series. */
	const births: number[] = [];
	let read: (number | undefined)[] = [];
	let born = 0;
	const present = () => [...rows.keys()].filter((row) => rows[row] !== undefined);
	const birthsNow = () => rows.map((series, row) => (series === undefined ? undefined : births[row]));
	return {
		add(series) {
			const row = rows.includes(undefined) ? rows.indexOf(undefined) : rows.length;
			rows[row] = series;
			births[row] = born++;
		},
		remove(nth) {
			const all = present();
			if (all.length > 0) rows[all[nth % all.length] as number] = undefined;
		},
		count(next) {
			for (const row of present()) rows[row] = next(rows[row] as Series);
		},
		read() {
			const [before, now] = [read, birthsNow()];
			const changed = [...rows.keys()].filter((row) => before[row] !== now[row]);
			read = now;
			return seriesTable([...rows], {
				gone: changed.filter((row) => before[row] !== undefined),
				come: changed.filter((row) => now[row] !== undefined),
			});
		},
		series: () => rows.filter((series) => series !== undefined),
	};
}

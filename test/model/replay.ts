/** What somebody knows of a table who hears only of its changes, as the page does. */
import type { ClientSeries, SeriesTable } from "../../src/model/series.ts";

export class Replay {
	readonly #table: SeriesTable | ClientSeries;
	readonly #columns: readonly Float64Array[];
	/** Labels by row. */
	readonly #rows = new Map<number, string>();
	/** Series that were there all the time between the last two calls. */
	stayed: readonly string[] = [];

	constructor(table: SeriesTable | ClientSeries) {
		this.#table = table;
		this.#columns = "bytes" in table ? [table.bytes, table.packets] : [table.packets];
	}

	/** Takes the changes; gives bytes and packets of every pair, packets of every client. @throws when a change contradicts the ones before, or two rows are one series */
	series(): Record<string, readonly number[]> {
		const changes = [...this.#table.takeChanges()];
		const gone = changes.flatMap((part) => [...part.gone]);
		const come = changes.flatMap((part) => [...part.come]);
		for (const row of gone) {
			if (!this.#rows.delete(row)) throw new Error(`row ${row} is gone that never came`);
		}
		this.stayed = [...this.#rows.values()];
		for (const row of come) {
			if (this.#rows.has(row) || row >= this.#table.length) throw new Error(`row ${row} may not come`);
			this.#rows.set(row, this.#table.labels(row).join(" "));
		}
		const entries = [...this.#rows].map(([row, text]) => {
			if (this.#table.labels(row).join(" ") !== text) throw new Error(`row ${row} is not ${text} any more`);
			return [text, this.#columns.map((column) => column[row] as number)] as const;
		});
		const series = Object.fromEntries(entries);
		if (Object.keys(series).length < entries.length) throw new Error(`a series is there twice: ${entries}`);
		return series;
	}
}

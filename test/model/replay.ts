/** What somebody knows of a table who hears only of its changes, as the page does. */
import type { SeriesTable } from "../../src/model/series.ts";

export class Replay {
	readonly #table: SeriesTable;
	/** Labels by row. */
	readonly #rows = new Map<number, string>();
	/** Series that were there all the time between the last two calls. */
	stayed: readonly string[] = [];

	constructor(table: SeriesTable) {
		this.#table = table;
	}

	/** Takes the changes; gives bytes and packets of every series. @throws when a change contradicts the ones before, or two rows are one series */
	series(): Record<string, [bytes: number, packets: number]> {
		const { gone, come } = this.#table.takeChanges();
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
			return [text, [this.#table.bytes[row], this.#table.packets[row]]] as const;
		});
		const series = Object.fromEntries(entries) as Record<string, [number, number]>;
		if (Object.keys(series).length < entries.length) throw new Error(`a series is there twice: ${entries}`);
		return series;
	}
}

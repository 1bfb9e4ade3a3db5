/** Tables of series as object literals. */
import { CLIENT_TEXT_WORDS } from "../../src/model/client-words.ts";
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

/** Of texts, the same in all tables: a page is made of one after the other. */
const numbers = new Map<string, number>();

function numberOf(text: string): number {
	const number = numbers.get(text) ?? numbers.size;
	numbers.set(text, number);
	return number;
}

/** By row; undefined where a row is none. */
export function seriesTable(
	rows: readonly (Series | undefined)[],
	{ gone = [], come = [] }: Changes,
): SeriesTable {
	function labels(row: number): readonly string[] {
		const series = rows[row];
		if (series === undefined) throw new Error(`row ${row} is no series`);
		return series.labels;
	}
	return {
		length: rows.length,
		bytes: Float64Array.from(rows, (series) => series?.bytes ?? Number.NaN),
		packets: Float64Array.from(rows, (series) => series?.packets ?? Number.NaN),
		labels,
		readParts(rows, parts) {
			for (const [i, row] of rows.entries()) {
				const [service = "", sip = "", dip = ""] = labels(row);
				parts.services[i] = numberOf(service);
				parts.endpoints[i] = numberOf(dip);
				parts.clients.lengths[i] = sip.length;
				const bytes = Buffer.from(sip.padEnd(4 * CLIENT_TEXT_WORDS, "\0"));
				parts.clients.bytes.set(bytes, i * bytes.length);
			}
		},
		takeChanges: () => [{ gone: Uint32Array.from(gone), come: Uint32Array.from(come) }],
	};
}

/** Whose rows have all just come. */
export function newTable(rows: readonly Series[]): SeriesTable {
	return seriesTable(rows, { come: [...rows.keys()] });
}

export function newTables(pairs: readonly Series[], clients: readonly Series[]): Tables {
	return { pairs: newTable(pairs), clients: newTable(clients) };
}

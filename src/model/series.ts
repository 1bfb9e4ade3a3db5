/** Tables whose rows are series of the page: too many to make objects of. */
import { type ClientWords, createClientWords } from "./client-words.ts";

export interface SeriesTable {
	/** Rows are numbered below this; it may grow from poll to poll. */
	readonly length: number;
	/** By row. Other arrays when the table has grown: take them anew at each poll. */
	readonly bytes: Float64Array;
	readonly packets: Float64Array;
	/** Values of the labels service, sip and, in a table of pairs, dip. Unescaped. */
	labels(row: number): readonly string[];
	/** The same of many rows, at most PARTS_TOGETHER, each far from the other in memory: so all are fetched at once. */
	readParts(rows: Uint32Array, parts: LabelParts): void;
	/** What has changed since the last call, in parts: to be taken all, before the table is changed again. */
	takeChanges(): Iterable<Changes>;
}

/** Rows that ceased to be a series, and rows that became one. A row in both ceased first, then became another one. Both ascend. */
export interface Changes {
	readonly gone: Uint32Array;
	readonly come: Uint32Array;
}

/** No family tells the bytes of a client. */
export type ClientSeries = Omit<SeriesTable, "bytes">;

export interface Tables {
	readonly pairs: SeriesTable;
	readonly clients: ClientSeries;
}

export const PARTS_TOGETHER = 256;

/** What labels are made of, of one row after the other: a string of each would take longer than all else on the page. */
export interface LabelParts {
	/** Numbers of texts: the same number is the same text, for as long as the table lives. */
	readonly services: Uint32Array;
	readonly endpoints: Uint32Array;
	readonly clients: ClientWords;
}

export function createLabelParts(): LabelParts {
	return {
		services: new Uint32Array(PARTS_TOGETHER),
		endpoints: new Uint32Array(PARTS_TOGETHER),
		clients: createClientWords(PARTS_TOGETHER),
	};
}

/** Tables whose rows are series of the page: too many to make objects of. */

export interface SeriesTable {
	/** Rows are numbered below this; it may grow from poll to poll. */
	readonly length: number;
	/** By row. Other arrays when the table has grown: take them anew at each poll. */
	readonly bytes: Float64Array;
	readonly packets: Float64Array;
	/** Values of the labels service, sip and, in a table of pairs, dip. Unescaped. */
	labels(row: number): readonly string[];
	/** Rows that ceased to be a series or became one since the last call. A row in both ceased first, then became another one. */
	takeChanges(): { readonly gone: Uint32Array; readonly come: Uint32Array };
}

/** No family tells the bytes of a client. */
export type ClientSeries = Omit<SeriesTable, "bytes">;

export interface Tables {
	readonly pairs: SeriesTable;
	readonly clients: ClientSeries;
}

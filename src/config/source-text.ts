/** A text file and the places in it. */

export interface SourceText {
	readonly fileName: string;
	readonly text: string;
	/** Offset of the first character of each line, ascending. */
	readonly lineStarts: readonly number[];
}

/** A piece of one line. Counts from 1, columns in UTF-16 units as editors do. */
export interface Place {
	readonly fileName: string;
	readonly line: number;
	readonly column: number;
	/** Units to mark, at least 1; clipped to the line. */
	readonly length: number;
	readonly lineText: string;
}

/** From `start` up to, without, `end`. */
export interface Span {
	readonly start: number;
	readonly end: number;
}

export function sourceText(fileName: string, text: string): SourceText {
	const lineStarts = [0];
	for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) lineStarts.push(i + 1);
	return { fileName, text, lineStarts };
}

export function lineAt(source: SourceText, offset: number): number {
	let low = 0;
	let high = source.lineStarts.length;
	while (high - low > 1) {
		const middle = (low + high) >> 1;
		if ((source.lineStarts[middle] ?? 0) <= offset) low = middle;
		else high = middle;
	}
	return low + 1;
}

export function placeAt(source: SourceText, { start, end }: Span): Place {
	const line = lineAt(source, start);
	const lineStart = source.lineStarts[line - 1] ?? 0;
	const nextLine = source.lineStarts[line] ?? source.text.length + 1;
	const lineText = source.text.slice(lineStart, nextLine - 1).replace(/\r$/, "");
	const length = Math.max(1, Math.min(end, lineStart + lineText.length) - start);
	return { fileName: source.fileName, line, column: start - lineStart + 1, length, lineText };
}

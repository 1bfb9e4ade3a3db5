/** Pieces of the file inside a message, as they are written there: an escape stays an escape. */
import type { SourceText, Span } from "./source-text.ts";

const MAX_LENGTH = 40;

export function excerpt({ text }: SourceText, { start, end }: Span): string {
	const [line = ""] = text.slice(start, Math.min(end, start + MAX_LENGTH)).split(/\r?\n/);
	return line.length < end - start ? `${line}…` : line;
}

export function quotedExcerpt(source: SourceText, span: Span): string {
	const text = excerpt(source, span);
	return /^["']/.test(text) ? text : `"${text}"`;
}

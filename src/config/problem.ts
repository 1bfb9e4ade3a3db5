/** What is wrong with the file, and where; shown as compilers do, with the line and carets under the place. */
import { displayWidth } from "./display-width.ts";
import type { Place, Span } from "./source-text.ts";

export interface Problem {
	readonly place: Place;
	/** "port is 99999, expected 1 to 65535" */
	readonly message: string;
}

/** A problem whose place is not looked up yet. */
export interface Finding extends Span {
	readonly message: string;
}

/** Text that is shown to each side of a place: a line may hold a whole file. */
const CONTEXT = 100;

export function formatProblem({ place, message }: Problem): string {
	const { before, marked, after } = cutLine(place);
	const carets = "^".repeat(Math.max(1, displayWidth(marked)));
	const where = `${place.fileName}:${place.line}:${place.column}`;
	return `${where}: ${message}\n${before}${marked}${after}\n${blank(before)}${carets}`;
}

function cutLine({ lineText, column, length }: Place): { before: string; marked: string; after: string } {
	const start = column - 1;
	const end = start + Math.min(length, CONTEXT);
	const before = lineText.slice(Math.max(0, start - CONTEXT), start);
	const after = lineText.slice(end, end + CONTEXT);
	return {
		before: printable(start > CONTEXT ? `…${before}` : before),
		marked: printable(lineText.slice(start, end)),
		after: printable(end + CONTEXT < lineText.length ? `${after}…` : after),
	};
}

/** Control characters could move the cursor of the terminal, and halves of cut pairs have no shape. */
function printable(text: string): string {
	return text.replace(/(?!\t)[\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029]/gu, "\ufffd");
}

/** As wide as `text` on any terminal: a tab stays a tab, since only the terminal knows its stops. */
function blank(text: string): string {
	return text
		.split("\t")
		.map((part) => " ".repeat(displayWidth(part)))
		.join("\t");
}

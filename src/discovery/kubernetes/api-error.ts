/** What ends a list or a watch, other than the connection. */

/** The server says what it cannot have meant. To be listed again, for something may have been lost. */
export class Unreadable extends Error {}

/** The server no longer has what was asked for: a version, or the rest of a list. To be listed again, too. */
export class Expired extends Unreadable {}

const MAX_PRINTED = 200;

/** Foreign text for a message: short, and on one line. */
export function printable(value: unknown): string {
	const text = typeof value === "string" ? value : String(JSON.stringify(value));
	const line = text.slice(0, MAX_PRINTED).replace(/[\p{C}\p{Z}]+/gu, " ");
	return line.trim() || "nothing";
}

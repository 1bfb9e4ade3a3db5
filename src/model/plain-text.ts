/** Text from outside (names that others give, errors of files) as it may be shown: on the page, in the log, on a terminal. */

/** What moves a cursor, ends a line, reorders the text around it, or is half a character. A tab is none of it. */
const UNFIT = /(?!\t)[\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029]/gu;

/** What is unfit stands there as its number, `\u001b`, so that different texts stay different. */
export function plainText(text: string): string {
	return text.replace(UNFIT, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The same, line by line. */
export function plainLines(text: string): string {
	return text.split("\n").map(plainText).join("\n");
}

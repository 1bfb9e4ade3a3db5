/** Characters that have no place in a configuration, neither raw in the file nor escaped in a name. */

/**
 * Control characters other than tab and line end, a carriage return that ends no line, what reorders the text around
 * it, other kinds of line end, halves of surrogate pairs, and U+FFFD, which decoders put where bytes were no UTF-8.
 */
const UNFIT = /(?![\t\n\r])\p{Cc}|\r(?!\n)|[\p{Bidi_Control}\p{Cs}\u2028\u2029\ufffd]/u;

export interface UnfitCharacter {
	readonly offset: number;
	/** "U+0000" */
	readonly codePoint: string;
}

export function findUnfitCharacter(text: string): UnfitCharacter | undefined {
	const found = UNFIT.exec(text);
	if (!found) return undefined;
	const code = found[0].codePointAt(0) ?? 0;
	return { offset: found.index, codePoint: `U+${code.toString(16).toUpperCase().padStart(4, "0")}` };
}

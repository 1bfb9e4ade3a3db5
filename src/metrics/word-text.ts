/**
 * Text written by words of four bytes, the first byte lowest: byte by byte a line takes five times as long. What does not
 * fill a word yet is carried on to the next text.
 */
export interface WordText {
	readonly length: number;
	/** What is behind the text is the filling. */
	readonly words: Int32Array;
}

/** Among others, from words[at] on; what does not fill its last word is zero. */
export interface TextAt {
	readonly words: Int32Array;
	readonly at: number;
	readonly length: number;
}

/** So many words are behind each text. */
const FILLING_WORDS = 2;

export function createWordText(text: Uint8Array, filling: string): WordText {
	const words = new Int32Array((text.length >> 2) + 1 + FILLING_WORDS);
	const bytes = Buffer.from(words.buffer).fill(filling);
	bytes.set(text);
	return { length: text.length, words };
}

/** Three texts one behind the other, as words[start] to words[end - 1]: what is behind them is the filling of `after`. */
export function writeTexts(
	words: Int32Array,
	start: number,
	end: number,
	before: WordText,
	middle: TextAt,
	after: WordText,
): void {
	let at = start;
	const wholeBefore = before.length >> 2;
	for (let i = 0; i < wholeBefore; i++) words[at++] = before.words[i] as number;
	/** Bytes that do not fill a word, and how many bits those are. */
	let carried = before.words[wholeBefore] as number;
	let bits = 8 * (before.length & 3);
	const lastMiddle = middle.at + (middle.length >> 2);
	for (let i = middle.at; i < lastMiddle; i++) {
		const text = middle.words[i] as number;
		words[at++] = carried | (text << bits);
		carried = shiftOut(text, bits);
	}
	const rest = 8 * (middle.length & 3);
	if (rest > 0) {
		const text = middle.words[lastMiddle] as number;
		carried |= text << bits;
		if (bits + rest >= 32) {
			words[at++] = carried;
			carried = shiftOut(text, bits);
		}
		bits = (bits + rest) & 31;
	}
	for (let i = 0; at < end; i++) {
		const text = after.words[i] as number;
		words[at++] = carried | (text << bits);
		carried = shiftOut(text, bits);
	}
}

/** What is left of a word once it has filled up another one that held so many bits. A shift by 32 bits would be none. */
function shiftOut(word: number, bits: number): number {
	return (word >>> 8) >>> (24 - bits);
}

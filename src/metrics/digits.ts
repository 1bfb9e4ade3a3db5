/**
 * Numbers written in place, zero-padded: sixteen digits hold every whole number that a double holds exactly, and are
 * four words of a table. ParseFloat of Go and the text format take leading zeros.
 */
const GROUP_SIZE = 10_000;
const GROUPS = fourDigitGroups();

export const DIGITS = 16;
export const DIGIT_WORDS = DIGITS / 4;

/**
 * The values of `rows` as the last digits of their lines. `stride` is the length of a line in words; a line ends, without
 * its line feed, where a word ends. Words that are right already are not written: most of a page keeps its high digits.
 */
export function patchDigits(
	words: Int32Array,
	stride: number,
	rows: Uint32Array,
	values: Float64Array,
): void {
	let at = stride - DIGIT_WORDS;
	for (let i = 0; i < rows.length; i++, at += stride) {
		const value = values[rows[i] as number] as number;
		const high = (value / 1e8) | 0;
		const low = (value - high * 1e8) | 0;
		patchGroups(words, at, high);
		patchGroups(words, at + 2, low);
	}
}

/** The digits of the same lines under another name. */
export function copyDigits(
	from: { readonly words: Int32Array; readonly stride: number },
	to: { readonly words: Int32Array; readonly stride: number },
	lines: number,
): void {
	let [source, target] = [from.stride - DIGIT_WORDS, to.stride - DIGIT_WORDS];
	for (let i = 0; i < lines; i++, source += from.stride, target += to.stride) {
		for (let j = 0; j < DIGIT_WORDS; j++) {
			const word = from.words[source + j] as number;
			if (to.words[target + j] !== word) to.words[target + j] = word;
		}
	}
}

/** Eight digits. */
function patchGroups(words: Int32Array, at: number, value: number): void {
	const high = (value / GROUP_SIZE) | 0;
	const highWord = GROUPS[high] as number;
	const lowWord = GROUPS[value - high * GROUP_SIZE] as number;
	if (words[at] !== highWord) words[at] = highWord;
	if (words[at + 1] !== lowWord) words[at + 1] = lowWord;
}

/** In the byte order of this machine, since they are written as words. */
function fourDigitGroups(): Int32Array {
	const groups = new Int32Array(GROUP_SIZE);
	const bytes = Buffer.from(groups.buffer);
	for (let i = 0; i < GROUP_SIZE; i++) bytes.write(String(i).padStart(4, "0"), i * 4);
	return groups;
}

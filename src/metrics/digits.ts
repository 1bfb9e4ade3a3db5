/**
 * Numbers written in place, zero-padded: sixteen digits hold every whole number that a double holds exactly, and are
 * four words of a table. ParseFloat of Go and the text format take leading zeros.
 */
const GROUP_SIZE = 10_000;
const GROUPS = fourDigitGroups();
const ZEROS = GROUPS[0] as number;

export const DIGITS = 16;
export const DIGIT_WORDS = DIGITS / 4;

/** Values at hand: so many that the processor can fetch those of far rows all at once, and so few that its cache holds them. */
const TOGETHER = 1_024;
const gathered = new Float64Array(TOGETHER);

/**
 * The values of `rows` as the last digits of their lines. `stride` is the length of a line in words; a line ends, without
 * its line feed, where a word ends.
 */
export function patchDigits(
	words: Int32Array,
	stride: number,
	rows: Uint32Array,
	values: Float64Array,
): void {
	for (let from = 0; from < rows.length; from += TOGETHER) {
		const count = Math.min(TOGETHER, rows.length - from);
		gather(rows, from, count, values);
		writeDigits(words, (from + 1) * stride - DIGIT_WORDS, stride, count);
	}
}

function gather(rows: Uint32Array, from: number, count: number, values: Float64Array): void {
	for (let i = 0; i < count; i++) gathered[i] = values[rows[from + i] as number] as number;
}

function writeDigits(words: Int32Array, first: number, stride: number, count: number): void {
	for (let i = 0, at = first; i < count; i++, at += stride) {
		const value = gathered[i] as number;
		const high = (value / 1e8) | 0;
		writeHigh(words, at, high);
		writeGroups(words, at + 2, (value - high * 1e8) | 0);
	}
}

/** Eight digits, of which few counters have any. */
function writeHigh(words: Int32Array, at: number, value: number): void {
	if (value >= GROUP_SIZE) writeGroups(words, at, value);
	else {
		words[at] = ZEROS;
		words[at + 1] = GROUPS[value] as number;
	}
}

/** Eight digits. */
function writeGroups(words: Int32Array, at: number, value: number): void {
	const high = (value / GROUP_SIZE) | 0;
	words[at] = GROUPS[high] as number;
	words[at + 1] = GROUPS[value - high * GROUP_SIZE] as number;
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

/** In the byte order of this machine, since they are written as words. */
function fourDigitGroups(): Int32Array {
	const groups = new Int32Array(GROUP_SIZE);
	const bytes = Buffer.from(groups.buffer);
	for (let i = 0; i < GROUP_SIZE; i++) bytes.write(String(i).padStart(4, "0"), i * 4);
	return groups;
}

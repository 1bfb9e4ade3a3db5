/**
 * Text written by words of four bytes, the first byte lowest: byte by byte a line takes five times as long. What does not
 * fill a word yet is carried on to the next text.
 */
export interface WordText {
	readonly length: number;
	/** What is behind the text is the filling. */
	readonly words: Int32Array;
}

/** Of each byte its digits, with a dot behind them; and from 256 on without. */
const OCTETS = new Int32Array(512);
const OCTET_LENGTHS = new Uint8Array(512);
for (let octet = 0; octet < 256; octet++) {
	setOctet(octet, `${octet}.`);
	setOctet(256 + octet, `${octet}`);
}
const ADDRESS_BITS = 32;
const LAST_OCTET = 24;

/** `filling`: at least so many words of it are behind the text. */
export function createWordText(
	text: string,
	filling: { readonly with: string; readonly words: number },
): WordText {
	const { length } = Buffer.from(text);
	const words = new Int32Array((length >> 2) + 1 + filling.words);
	const bytes = Buffer.from(words.buffer);
	bytes.fill(filling.with);
	bytes.write(text);
	return { length, words };
}

export function ipv4Length(address: number): number {
	let length = 0;
	for (let shift = 0; shift < ADDRESS_BITS; shift += 8)
		length += OCTET_LENGTHS[(address >>> shift) & 255] as number;
	return length - 1;
}

/**
 * `before`, an address and `after` as words[start] to words[end - 1]. They are no longer than that, and shorter by less than
 * the filling of `after`; what fills `before` is zero.
 */
export function writeAround(
	words: Int32Array,
	start: number,
	end: number,
	before: WordText,
	address: number,
	after: WordText,
): void {
	const whole = before.length >> 2;
	for (let i = 0; i < whole; i++) words[start + i] = before.words[i] as number;
	let at = start + whole;
	/** Bytes that do not fill a word, and how many bits those are. */
	let carried = before.words[whole] as number;
	let bits = (before.length & 3) * 8;
	for (let shift = 0; shift < ADDRESS_BITS; shift += 8) {
		const octet = ((address >>> shift) & 255) + (shift === LAST_OCTET ? 256 : 0);
		const text = OCTETS[octet] as number;
		carried |= text << bits;
		bits += (OCTET_LENGTHS[octet] as number) * 8;
		if (bits < 32) continue;
		words[at++] = carried;
		bits -= 32;
		carried = bits === 0 ? 0 : text >>> ((OCTET_LENGTHS[octet] as number) * 8 - bits);
	}
	for (let i = 0; at < end; i++, at++) {
		const text = after.words[i] as number;
		words[at] = carried | (text << bits);
		// A shift by 32 bits would be none.
		carried = (text >>> 8) >>> (24 - bits);
	}
}

function setOctet(octet: number, text: string): void {
	OCTETS[octet] = createWordText(text, { with: "\0", words: 0 }).words[0] as number;
	OCTET_LENGTHS[octet] = text.length;
}

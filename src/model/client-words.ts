/**
 * Text of a client as words, its first byte lowest, what does not fill the last word zero. It is that of client-text.ts; a
 * string of each of a million addresses would take longer than all else that a page takes.
 */
import { clientText, isIPv4 } from "./client-text.ts";

/** The longest is an IPv6 address with a prefix of three digits. */
export const CLIENT_TEXT_WORDS = 12;

export interface ClientWords {
	/** Of one client after the other, from n * CLIENT_TEXT_WORDS on. */
	readonly words: Int32Array;
	/** The same memory. */
	readonly bytes: Uint8Array;
	/** Of the texts, in bytes. */
	readonly lengths: Uint8Array;
}

const ADDRESS_BITS = 128;
const GROUPS = 8;
const COLON = 0x3a;
const [DIGIT_ZERO, LETTER_A] = [0x30, 0x61];
/** Of each byte its digits, with a dot behind them; and from 256 on without. */
const OCTETS = new Int32Array(512);
const OCTET_LENGTHS = new Uint8Array(512);
for (let octet = 0; octet < 256; octet++) {
	setOctet(octet, `${octet}.`);
	setOctet(256 + octet, `${octet}`);
}

export function createClientWords(count: number): ClientWords {
	const words = new Int32Array(count * CLIENT_TEXT_WORDS);
	return { words, bytes: new Uint8Array(words.buffer), lengths: new Uint8Array(count) };
}

/** The client whose address is at words[at] becomes the nth one. */
export function setClient(
	to: ClientWords,
	nth: number,
	words: Uint32Array,
	at: number,
	prefix: number,
): void {
	if (prefix !== ADDRESS_BITS) setText(to, nth, clientText(words, at, prefix));
	else if (isIPv4(words, at)) setIPv4(to, nth, words[at + 3] as number);
	else setIPv6(to, nth, words, at);
}

function setText({ bytes, words, lengths }: ClientWords, nth: number, text: string): void {
	const start = nth * CLIENT_TEXT_WORDS;
	words.fill(0, start, start + CLIENT_TEXT_WORDS);
	for (let i = 0; i < text.length; i++) bytes[4 * start + i] = text.charCodeAt(i);
	lengths[nth] = text.length;
}

function setIPv4({ words, lengths }: ClientWords, nth: number, address: number): void {
	let at = nth * CLIENT_TEXT_WORDS;
	/** Bytes that do not fill a word, and how many bits those are. */
	let carried = 0;
	let bits = 0;
	let length = 0;
	for (let shift = 0; shift < 32; shift += 8) {
		const octet = ((address >>> shift) & 255) + (shift === 24 ? 256 : 0);
		const text = OCTETS[octet] as number;
		const textBytes = OCTET_LENGTHS[octet] as number;
		length += textBytes;
		carried |= text << bits;
		bits += 8 * textBytes;
		if (bits < 32) continue;
		words[at++] = carried;
		bits -= 32;
		carried = bits === 0 ? 0 : text >>> (8 * textBytes - bits);
	}
	words[at] = carried;
	lengths[nth] = length;
}

function setIPv6(
	{ bytes, words, lengths }: ClientWords,
	nth: number,
	address: Uint32Array,
	from: number,
): void {
	const start = nth * CLIENT_TEXT_WORDS;
	words.fill(0, start, start + CLIENT_TEXT_WORDS);
	const run = longestZeroRun(address, from);
	let at = 4 * start;
	for (let group = 0; group < GROUPS; group++) {
		if (group >= run.start && group < run.end) {
			if (group === run.start) bytes[at++] = COLON;
			if (group === 0) bytes[at++] = COLON;
			continue;
		}
		at = writeHex(bytes, at, groupAt(address, from, group));
		if (group < GROUPS - 1) bytes[at++] = COLON;
	}
	lengths[nth] = at - 4 * start;
}

function groupAt(address: Uint32Array, from: number, group: number): number {
	const half = (address[from + (group >> 1)] as number) >>> (16 * (group & 1));
	return ((half & 255) << 8) | ((half >>> 8) & 255);
}

/** RFC 5952, 4.2: the longest run of at least two zero groups is shortened, the first of equals. */
function longestZeroRun(address: Uint32Array, from: number): { start: number; end: number } {
	let [start, end] = [0, 0];
	let first = 0;
	for (let group = 0; group < GROUPS; group++) {
		if (groupAt(address, from, group) !== 0) first = group + 1;
		else if (group + 1 - first > Math.max(1, end - start)) [start, end] = [first, group + 1];
	}
	return { start, end };
}

function writeHex(bytes: Uint8Array, start: number, value: number): number {
	let at = start;
	for (let shift = 12; shift >= 0; shift -= 4) {
		if (shift > 0 && value >>> shift === 0) continue;
		const digit = (value >>> shift) & 15;
		bytes[at++] = digit < 10 ? DIGIT_ZERO + digit : LETTER_A + digit - 10;
	}
	return at;
}

function setOctet(octet: number, text: string): void {
	OCTETS[octet] = Buffer.from(text.padEnd(4, "\0")).readInt32LE();
	OCTET_LENGTHS[octet] = text.length;
}

/**
 * A line while it is written, in memory at hand: byte by byte, and then as words to where it belongs, which is seldom in
 * any cache. From line feed to line feed, so that it begins and ends where words do.
 */
import { DIGITS } from "./digits.ts";
import { type LabelBytes, writeBytes } from "./label-bytes.ts";

export interface Draft {
	/** The line up to its labels, which stays. */
	readonly start: Uint8Array;
	bytes: Uint8Array;
	/** The same memory. */
	words: Int32Array;
}

const AFTER_LABELS = Buffer.from("} ");
const ZERO = 0x30;

export function createDraft(name: string): Draft {
	return { start: Buffer.from(`\n${name}{`), ...memory(0) };
}

/** All but the digits, which are patched when the line is where it belongs. */
export function writeDraft(draft: Draft, labels: LabelBytes, stride: number): void {
	const { start } = draft;
	if (stride > draft.bytes.length) {
		Object.assign(draft, memory(stride));
		draft.bytes.set(start);
	}
	const { bytes } = draft;
	let at = writeBytes(bytes, start.length, labels.bytes, labels.length);
	at = writeBytes(bytes, at, AFTER_LABELS, AFTER_LABELS.length);
	while (at < stride - DIGITS) bytes[at++] = ZERO;
}

function memory(length: number) {
	const bytes = new Uint8Array(length);
	return { bytes, words: new Int32Array(bytes.buffer) };
}

/**
 * A line while it is written, in memory at hand: byte by byte, and then as words to where it belongs, which is seldom in
 * any cache. From line feed to line feed, so that it begins and ends where words do.
 */
import type { LabelBytes } from "./label-bytes.ts";
import { writeBytes } from "./label-bytes.ts";

export interface Draft {
	/** The line up to its labels. */
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

/** With zeros to the end, of which the last ones are patched afterwards. */
export function writeDraft(draft: Draft, labels: LabelBytes, stride: number): void {
	if (stride > draft.bytes.length) Object.assign(draft, memory(stride));
	const { bytes, start } = draft;
	let at = writeBytes(bytes, 0, start, start.length);
	at = writeBytes(bytes, at, labels.bytes, labels.length);
	at = writeBytes(bytes, at, AFTER_LABELS, AFTER_LABELS.length);
	while (at < stride) bytes[at++] = ZERO;
}

function memory(length: number) {
	const bytes = new Uint8Array(length);
	return { bytes, words: new Int32Array(bytes.buffer) };
}

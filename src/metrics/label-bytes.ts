/**
 * Labels of one line as bytes, written one by one: for a text this short, a call that turns a string into bytes costs
 * several times what the bytes do.
 */
import { escapeLabelValue } from "./family-text.ts";

export interface LabelBytes {
	/** What stands between the braces, until the next ones are encoded; beyond `length` it means nothing. */
	bytes: Uint8Array;
	length: number;
}

type EncodeLabels = (values: readonly string[]) => LabelBytes;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const [FIRST_PLAIN, LAST_PLAIN] = [0x20, 0x7e];
/** Of UTF-8 in a unit of a string; what is escaped takes two. */
const MOST_BYTES = 3;

export function createLabelEncoder(labels: readonly string[]): EncodeLabels {
	const starts = labels.map((label, i) => Buffer.from(`${i === 0 ? "" : '",'}${label}="`));
	const encoded: LabelBytes = { bytes: new Uint8Array(1_024), length: 0 };
	return (values) => {
		reserve(encoded, starts, values);
		const { bytes } = encoded;
		let at = 0;
		for (let i = 0; i < starts.length; i++) {
			at = writeBytes(bytes, at, starts[i] as Uint8Array);
			at = writeValue(bytes, at, values[i] as string);
		}
		bytes[at] = QUOTE;
		encoded.length = at + 1;
		return encoded;
	};
}

export function writeBytes(target: Uint8Array, at: number, bytes: Uint8Array, length = bytes.length): number {
	for (let i = 0; i < length; i++) target[at + i] = bytes[i] as number;
	return at + length;
}

function writeValue(target: Uint8Array, at: number, value: string): number {
	for (let i = 0; i < value.length; i++) {
		const code = value.charCodeAt(i);
		if (code < FIRST_PLAIN || code > LAST_PLAIN || code === QUOTE || code === BACKSLASH) {
			return writeBytes(target, at, Buffer.from(escapeLabelValue(value)));
		}
		target[at + i] = code;
	}
	return at + value.length;
}

function reserve(encoded: LabelBytes, starts: readonly Uint8Array[], values: readonly string[]): void {
	let most = 1;
	for (let i = 0; i < starts.length; i++) {
		most += (starts[i] as Uint8Array).length + MOST_BYTES * (values[i] as string).length;
	}
	if (most > encoded.bytes.length) encoded.bytes = new Uint8Array(most);
}

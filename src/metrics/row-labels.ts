/** Labels of rows of a table as bytes. Nearly all clients are IPv4 addresses, and of other texts there are few: those are kept. */
import { createLabelParts, type LabelParts, type SeriesTable } from "../model/series.ts";
import { escapeLabelValue } from "./family-text.ts";
import { createLabelEncoder, type LabelBytes, writeBytes } from "./label-bytes.ts";

type LabelTable = Pick<SeriesTable, "labels" | "readParts">;

export interface RowLabels {
	/** At most PARTS_TOGETHER rows, which the others speak of. */
	read(table: LabelTable, rows: Uint32Array): void;
	/** Bytes of the labels of the nth row. */
	lengthOf(nth: number): number;
	/** Valid until the next call. */
	encode(nth: number): LabelBytes;
}

/** A text with what stands around it, by the number that the table gives it. */
interface KeptText {
	readonly number: number;
	readonly bytes: Uint8Array;
}

/** A power of two. Texts whose numbers differ by a multiple of it take the place of each other. */
const KEPT_TEXTS = 1_024;
const LONGEST_IPV4 = "255.255.255.255".length;
const DOT = 0x2e;
/** Of each byte: three characters, the last ones of which may mean nothing, and how many do. */
const OCTETS = octetTexts();

/** `labels`: names of service, client and, if there is a third one, endpoint. */
export function createRowLabels(labels: readonly string[]): RowLabels {
	const [service = "", client = "", endpoint] = labels;
	const encodeTexts = createLabelEncoder(labels);
	const encoded: LabelBytes = { bytes: new Uint8Array(0), length: 0 };
	const parts: LabelParts = createLabelParts();
	const [befores, afters]: [KeptText[], KeptText[]] = [[], []];
	let table: LabelTable;
	let rows: Uint32Array;

	function textsOf(nth: number): readonly string[] {
		return table.labels(rows[nth] as number);
	}

	/** What stands before the client. */
	function beforeOf(nth: number): Uint8Array {
		const number = parts.services[nth] as number;
		const kept = befores[number % KEPT_TEXTS];
		if (kept?.number === number) return kept.bytes;
		const [text = ""] = textsOf(nth);
		return keep(befores, number, `${service}="${escapeLabelValue(text)}",${client}="`);
	}

	/** What stands behind it. */
	function afterOf(nth: number): Uint8Array {
		const number = endpoint === undefined ? 0 : (parts.endpoints[nth] as number);
		const kept = afters[number % KEPT_TEXTS];
		if (kept?.number === number) return kept.bytes;
		const [, , text = ""] = textsOf(nth);
		return keep(afters, number, endpoint === undefined ? '"' : `",${endpoint}="${escapeLabelValue(text)}"`);
	}

	return {
		read(of, ofRows) {
			table = of;
			rows = ofRows;
			table.readParts(rows, parts);
		},
		lengthOf(nth) {
			if (parts.isIPv4[nth] === 0) return encodeTexts(textsOf(nth)).length;
			return beforeOf(nth).length + ipv4Length(parts.ipv4[nth] as number) + afterOf(nth).length;
		},
		encode(nth) {
			if (parts.isIPv4[nth] === 0) return encodeTexts(textsOf(nth));
			const [before, after] = [beforeOf(nth), afterOf(nth)];
			const most = before.length + LONGEST_IPV4 + 1 + after.length;
			if (most > encoded.bytes.length) encoded.bytes = new Uint8Array(most);
			const at = writeBytes(encoded.bytes, 0, before);
			encoded.length = writeBytes(
				encoded.bytes,
				writeIPv4(encoded.bytes, at, parts.ipv4[nth] as number),
				after,
			);
			return encoded;
		},
	};
}

function keep(texts: KeptText[], number: number, text: string): Uint8Array {
	const bytes = Buffer.from(text);
	texts[number % KEPT_TEXTS] = { number, bytes };
	return bytes;
}

function ipv4Length(word: number): number {
	let length = 3;
	for (let shift = 0; shift < 32; shift += 8) length += OCTETS[4 * ((word >>> shift) & 255) + 3] as number;
	return length;
}

/** Writes a byte more than it gives: a dot. */
function writeIPv4(bytes: Uint8Array, start: number, word: number): number {
	let at = start;
	for (let shift = 0; shift < 32; shift += 8) {
		const octet = 4 * ((word >>> shift) & 255);
		bytes[at] = OCTETS[octet] as number;
		bytes[at + 1] = OCTETS[octet + 1] as number;
		bytes[at + 2] = OCTETS[octet + 2] as number;
		at += OCTETS[octet + 3] as number;
		bytes[at++] = DOT;
	}
	return at - 1;
}

function octetTexts(): Uint8Array {
	const texts = Buffer.alloc(4 * 256);
	for (let octet = 0; octet < 256; octet++) {
		texts.write(String(octet), 4 * octet);
		texts[4 * octet + 3] = String(octet).length;
	}
	return texts;
}

/**
 * Labels of rows of a table, as they are written into lines. Nearly all clients are IPv4 addresses, and of all other texts
 * there are few: those are kept.
 */
import { createLabelParts, type SeriesTable } from "../model/series.ts";
import { type Block, writeLine, writeLineAround } from "./block.ts";
import { escapeLabelValue } from "./family-text.ts";
import { createLabelEncoder } from "./label-bytes.ts";
import { FILLING_WORDS } from "./line-shape.ts";
import { createWordText, ipv4Length, type WordText } from "./word-text.ts";

type LabelTable = Pick<SeriesTable, "labels" | "readParts">;

export interface RowLabels {
	/** At most PARTS_TOGETHER rows, which the others speak of. */
	read(table: LabelTable, rows: Uint32Array): void;
	/** Bytes of the labels of the nth row. */
	lengthOf(nth: number): number;
	/** The line of the nth row in each family, but for its digits. */
	write(nth: number, block: Block, place: number): void;
}

/** What stands before or behind the client, by the number that the table gives the text in it. */
interface KeptText {
	readonly number: number;
	/** What of it is labels. */
	readonly labelBytes: number;
	/** Of the line, by family. */
	readonly texts: readonly WordText[];
}

/** A power of two. Texts whose numbers differ by a multiple of it take the place of each other. */
const KEPT_TEXTS = 1_024;

/** `names`: of the families. `labels`: of service, client and, in a table of pairs, endpoint. */
export function createRowLabels(names: readonly string[], labels: readonly string[]): RowLabels {
	const [service = "", client = "", endpoint] = labels;
	const starts = names.map((name) => `\n${name}{`);
	const startBytes = starts.map((start) => Buffer.from(start));
	const encode = createLabelEncoder(labels);
	const parts = createLabelParts();
	const befores: (KeptText | undefined)[] = Array.from({ length: KEPT_TEXTS });
	const afters: (KeptText | undefined)[] = Array.from({ length: KEPT_TEXTS });
	let table: LabelTable;
	let rows: Uint32Array;

	function textsOf(nth: number): readonly string[] {
		return table.labels(rows[nth] as number);
	}

	function beforeOf(nth: number): KeptText {
		const number = parts.services[nth] as number;
		const kept = befores[number % KEPT_TEXTS];
		return kept?.number === number ? kept : keepBefore(number, nth);
	}

	function keepBefore(number: number, nth: number): KeptText {
		const [text = ""] = textsOf(nth);
		const before = `${service}="${escapeLabelValue(text)}",${client}="`;
		const texts = starts.map((start) => createWordText(start + before, { with: "\0", words: 0 }));
		const kept = { number, labelBytes: Buffer.byteLength(before), texts };
		befores[number % KEPT_TEXTS] = kept;
		return kept;
	}

	function afterOf(nth: number): KeptText {
		const number = endpoint === undefined ? 0 : (parts.endpoints[nth] as number);
		const kept = afters[number % KEPT_TEXTS];
		return kept?.number === number ? kept : keepAfter(number, nth);
	}

	function keepAfter(number: number, nth: number): KeptText {
		const [, , text = ""] = textsOf(nth);
		const after = endpoint === undefined ? '"' : `",${endpoint}="${escapeLabelValue(text)}"`;
		const ofAll = createWordText(`${after}} `, { with: "0", words: FILLING_WORDS });
		const kept = { number, labelBytes: Buffer.byteLength(after), texts: names.map(() => ofAll) };
		afters[number % KEPT_TEXTS] = kept;
		return kept;
	}

	return {
		read(of, ofRows) {
			table = of;
			rows = ofRows;
			table.readParts(rows, parts);
		},
		lengthOf(nth) {
			if (parts.isIPv4[nth] === 0) return encode(textsOf(nth)).length;
			return beforeOf(nth).labelBytes + ipv4Length(parts.ipv4[nth] as number) + afterOf(nth).labelBytes;
		},
		write(nth, block, place) {
			if (parts.isIPv4[nth] === 0) {
				const encoded = encode(textsOf(nth));
				for (let family = 0; family < starts.length; family++)
					writeLine(block, place, family, startBytes[family] as Uint8Array, encoded);
				return;
			}
			const before = beforeOf(nth).texts;
			const after = afterOf(nth).texts;
			const address = parts.ipv4[nth] as number;
			for (let family = 0; family < starts.length; family++)
				writeLineAround(block, place, family, before[family] as WordText, address, after[family] as WordText);
		},
	};
}

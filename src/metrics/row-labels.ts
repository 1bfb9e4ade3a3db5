/** Labels of rows of a table, as they are written into lines. Services and endpoints are few: their texts are kept. */
import { CLIENT_TEXT_WORDS } from "../model/client-words.ts";
import { createLabelParts, type SeriesTable } from "../model/series.ts";
import { type Block, writeLine } from "./block.ts";
import { createLabelEncoder } from "./label-bytes.ts";
import { createWordText, type WordText } from "./word-text.ts";

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
	/** By family. */
	readonly lineTexts: readonly WordText[];
}

/** Texts whose numbers differ by a multiple of it take the place of each other. */
const KEPT_TEXTS = 1_024;

/** `names`: of the families. `labels`: of service, client and, in a table of pairs, endpoint. */
export function createRowLabels(names: readonly string[], labels: readonly string[]): RowLabels {
	const starts = names.map((name) => Buffer.from(`\n${name}{`));
	const encodeBefore = createLabelEncoder(labels.slice(0, 2));
	const encodeAfter = createLabelEncoder(labels.slice(2));
	const parts = createLabelParts();
	const { clients } = parts;
	const befores: (KeptText | undefined)[] = Array.from({ length: KEPT_TEXTS });
	const afters: (KeptText | undefined)[] = Array.from({ length: KEPT_TEXTS });
	let table: LabelTable;
	let rows: Uint32Array;

	function beforeOf(nth: number): KeptText {
		const number = parts.services[nth] as number;
		const kept = befores[number % KEPT_TEXTS];
		return kept?.number === number ? kept : keepBefore(number, table.labels(rows[nth] as number));
	}

	/** All up to the client, whose text is none. */
	function keepBefore(number: number, [service = ""]: readonly string[]): KeptText {
		const { bytes, length } = encodeBefore([service, ""]);
		const before = bytes.subarray(0, length - 1);
		const lineTexts = starts.map((start) => createWordText(Buffer.concat([start, before]), "\0"));
		const kept = { number, labelBytes: before.length, lineTexts };
		befores[number % KEPT_TEXTS] = kept;
		return kept;
	}

	function afterOf(nth: number): KeptText {
		const number = parts.endpoints[nth] as number;
		const kept = afters[number % KEPT_TEXTS];
		return kept?.number === number ? kept : keepAfter(number, table.labels(rows[nth] as number));
	}

	function keepAfter(number: number, [, , ...endpoint]: readonly string[]): KeptText {
		const { bytes, length } = encodeAfter(endpoint);
		const after = endpoint.length === 0 ? '"' : `",${Buffer.from(bytes.subarray(0, length))}`;
		const text = createWordText(Buffer.from(`${after}} `), "0");
		const kept = { number, labelBytes: Buffer.byteLength(after), lineTexts: names.map(() => text) };
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
			return beforeOf(nth).labelBytes + (clients.lengths[nth] as number) + afterOf(nth).labelBytes;
		},
		write(nth, block, place) {
			const before = beforeOf(nth).lineTexts;
			const after = afterOf(nth).lineTexts;
			const client = {
				words: clients.words,
				at: nth * CLIENT_TEXT_WORDS,
				length: clients.lengths[nth] as number,
			};
			for (let family = 0; family < names.length; family++)
				writeLine(block, place, family, before[family] as WordText, client, after[family] as WordText);
		},
	};
}

/** Families of many series as text that stays from page to page: a new series writes its lines, a value its digits. */
import { type ClientSeries, PARTS_TOGETHER, type SeriesTable } from "../model/series.ts";
import { type Block, makeWritable, patchBlock, pieceOfBlock, touchLine } from "./block.ts";
import { columnOf, type TableFamily } from "./family.ts";
import { MAX_LINES } from "./line-shape.ts";
import {
	addLine,
	allBlocks,
	createLines,
	fillHoles,
	type Lines,
	removeLine,
	reservePlaces,
} from "./lines.ts";
import type { Pace } from "./pace.ts";
import type { Piece } from "./page-body.ts";
import { createRowLabels, type RowLabels } from "./row-labels.ts";
import { blockAt } from "./shelf.ts";

/** What each step costs, in lines patched, see pace.ts. */
const COST = { add: 25, remove: 5, fill: 8, copiedChunk: 16_000 };

/** Of the lines that are added together. */
const places = new Uint32Array(PARTS_TOGETHER);
/** What was read only to be fetched is written here, or the compiler would leave the reading out. */
const touched = new Uint32Array(1);

/** Families of the same table. */
export interface TableText {
	readonly families: readonly TableFamily[];
	readonly lines: Lines;
	readonly labels: RowLabels;
}

export function createTableText(families: readonly TableFamily[]): TableText {
	const names = families.map(({ name }) => name);
	return {
		families,
		lines: createLines(names),
		labels: createRowLabels(names, families[0]?.labels ?? []),
	};
}

/** Nobody may begin to read the lines until it is done. */
export async function updateTable(
	text: TableText,
	table: SeriesTable | ClientSeries,
	pace: Pace,
): Promise<void> {
	const { families, lines } = text;
	reservePlaces(lines, table.length);
	for (const block of allBlocks(lines)) await pace.spend(makeWritable(block) * COST.copiedChunk);
	for (const { gone, come } of table.takeChanges()) {
		for (const rows of partsOf(gone)) {
			for (const row of rows) removeLine(lines, row);
			await pace.spend(rows.length * COST.remove);
		}
		for (const rows of partsOf(come)) {
			addLines(text, table, rows);
			await pace.spend(rows.length * COST.add * families.length);
		}
	}
	while (fillHoles(lines, PARTS_TOGETHER)) await pace.spend(PARTS_TOGETHER * COST.fill);
	const columns = families.map((family) => columnOf(family, table));
	for (const block of allBlocks(lines)) {
		patchBlock(block, columns);
		await pace.spend(block.count * families.length);
	}
}

export function piecesOfFamily({ families, lines }: TableText, family: TableFamily): Piece[] {
	const at = families.indexOf(family);
	return [...allBlocks(lines)]
		.map((block) => pieceOfBlock(block, at))
		.filter(({ bytes }) => bytes.length > 0);
}

function addLines({ labels, lines }: TableText, table: SeriesTable | ClientSeries, rows: Uint32Array): void {
	labels.read(table, rows);
	for (let i = 0; i < rows.length; i++) places[i] = addLine(lines, rows[i] as number, labels.lengthOf(i));
	fetchLines(lines, rows.length);
	for (let i = 0; i < rows.length; i++) {
		const place = places[i] as number;
		labels.write(i, blockAt(lines.blocks, place) as Block, place % MAX_LINES);
	}
}

/** Anywhere in a large page: all at once, for to wait for each by itself takes longer than to write it. */
function fetchLines({ blocks }: Lines, count: number): void {
	let word = 0;
	for (let i = 0; i < count; i++) {
		const place = places[i] as number;
		word ^= touchLine(blockAt(blocks, place) as Block, place % MAX_LINES);
	}
	touched[0] = word;
}

function* partsOf(rows: Uint32Array): Iterable<Uint32Array> {
	for (let start = 0; start < rows.length; start += PARTS_TOGETHER)
		yield rows.subarray(start, start + PARTS_TOGETHER);
}

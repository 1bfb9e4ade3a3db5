/** Families of many series as text that stays from page to page: a new series writes its lines, a value its digits. */
import { type ClientSeries, PARTS_TOGETHER, type SeriesTable } from "../model/series.ts";
import { type Block, makeWritable, patchBlock, pieceOfBlock, takeUnwritten } from "./block.ts";
import { columnOf, type TableFamily } from "./family.ts";
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

/** What each step costs, in lines patched, see pace.ts. */
const COST = { add: 14, write: 14, remove: 5, fill: 8, copiedChunk: 16_000 };

/** Lines to be written next. */
const PART = { places: new Uint32Array(PARTS_TOGETHER), rows: new Uint32Array(PARTS_TOGETHER) };

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
	const { families, lines, labels } = text;
	reservePlaces(lines, table.length);
	for (const { gone, come } of table.takeChanges()) {
		for (const rows of partsOf(gone)) {
			for (const row of rows) removeLine(lines, row);
			await pace.spend(rows.length * COST.remove);
		}
		for (const rows of partsOf(come)) {
			labels.read(table, rows);
			for (let i = 0; i < rows.length; i++) addLine(lines, rows[i] as number, labels.lengthOf(i));
			await pace.spend(rows.length * COST.add);
		}
	}
	while (fillHoles(lines, PARTS_TOGETHER)) await pace.spend(PARTS_TOGETHER * COST.fill);
	const columns = families.map((family) => columnOf(family, table));
	for (const block of allBlocks(lines)) {
		const copies = makeWritable(block);
		patchBlock(block, columns);
		const written = writeLines(text, table, block);
		await pace.spend(copies * COST.copiedChunk + (block.count + written * COST.write) * families.length);
	}
}

export function piecesOfFamily({ families, lines }: TableText, family: TableFamily): Piece[] {
	const at = families.indexOf(family);
	return [...allBlocks(lines)]
		.map((block) => pieceOfBlock(block, at))
		.filter(({ bytes }) => bytes.length > 0);
}

/**
 * Gives how many. After the digits of the block: they are patched one line behind the other, which is the way to fetch
 * memory, and wherever in the block a new line is, it is near then.
 */
function writeLines({ labels }: TableText, table: SeriesTable | ClientSeries, block: Block): number {
	let written = 0;
	let count: number;
	do {
		count = takeUnwritten(block, PART.places);
		for (let i = 0; i < count; i++) PART.rows[i] = block.rows[PART.places[i] as number] as number;
		labels.read(table, PART.rows.subarray(0, count));
		for (let i = 0; i < count; i++) labels.write(i, block, PART.places[i] as number);
		written += count;
	} while (count === PARTS_TOGETHER);
	return written;
}

function* partsOf(rows: Uint32Array): Iterable<Uint32Array> {
	for (let start = 0; start < rows.length; start += PARTS_TOGETHER)
		yield rows.subarray(start, start + PARTS_TOGETHER);
}

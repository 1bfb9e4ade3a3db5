/** Families of many series as text that stays from page to page: a new series writes its lines, a value its digits. */
import type { ClientSeries, SeriesTable } from "../model/series.ts";
import { makeWritable, patchBlock, pieceOfBlock } from "./block.ts";
import { columnOf, type TableFamily } from "./family.ts";
import {
	addLine,
	allBlocks,
	createLines,
	fillHoles,
	type Lines,
	removeLine,
	reservePlaces,
	turnHoles,
} from "./lines.ts";
import type { Pace } from "./pace.ts";
import type { Piece } from "./page-body.ts";

/** What each step costs, in lines patched, see pace.ts. */
const COST = { add: 60, remove: 3, fill: 10, copiedChunk: 16_000 };
/** Rows between two looks at the pace. */
const SLICE = 512;

/** Families of the same table. */
export interface TableText {
	readonly families: readonly TableFamily[];
	readonly lines: Lines;
}

export function createTableText(families: readonly TableFamily[]): TableText {
	const names = families.map(({ name }) => name);
	return { families, lines: createLines(names, families[0]?.labels ?? []) };
}

/** Nobody may begin to read the lines until it is done. */
export async function updateTable(
	{ families, lines }: TableText,
	table: SeriesTable | ClientSeries,
	pace: Pace,
): Promise<void> {
	const { gone, come } = table.takeChanges();
	reservePlaces(lines, table.length);
	for (const block of allBlocks(lines)) await pace.spend(makeWritable(block) * COST.copiedChunk);
	await eachRow(gone, pace, COST.remove, (row) => removeLine(lines, row));
	turnHoles(lines);
	await eachRow(come, pace, COST.add, (row) => addLine(lines, row, table.labels(row)));
	while (fillHoles(lines, SLICE)) await pace.spend(SLICE * COST.fill);
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

async function eachRow(
	rows: Uint32Array,
	pace: Pace,
	cost: number,
	step: (row: number) => void,
): Promise<void> {
	for (let start = 0; start < rows.length; start += SLICE) {
		const slice = rows.subarray(start, start + SLICE);
		for (const row of slice) step(row);
		await pace.spend(slice.length * cost);
	}
}

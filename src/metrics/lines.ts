/** Where the line of each row of a table stands: without holes, though rows come and go. */
import { type Block, copyLine } from "./block.ts";
import { classOf, lineShape, MAX_LINES } from "./line-shape.ts";
import { appendPlace, type Blocks, blockAt, createBlocks, HOLE, lastBlock, type Shelf } from "./shelf.ts";

/**
 * Rows of one are near each other on the page too: their values are read one line after the other, and those of rows from
 * anywhere cost more than all else that is done with a line.
 */
const RANGE = 32_768;
const MOST_RANGES = 2 ** 32 / RANGE;

export interface Lines {
	/** Of the families. */
	readonly names: readonly string[];
	/** By length of the labels, see classOf(), and by range of rows. */
	readonly shelves: Map<number, Shelf>;
	readonly blocks: Blocks;
	/** By row; of a row without a line it means nothing. */
	places: Uint32Array;
}

export function createLines(names: readonly string[]): Lines {
	return { names, shelves: new Map(), blocks: createBlocks(), places: new Uint32Array(0) };
}

/** For rows below `length`. */
export function reservePlaces(lines: Lines, length: number): void {
	if (length <= lines.places.length) return;
	const places = new Uint32Array(Math.ceil(length * 1.25));
	places.set(lines.places);
	lines.places = places;
}

/** Gives the place: the line is still to be written. */
export function addLine(lines: Lines, row: number, labelBytes: number): number {
	const shelf = shelfOf(lines, classOf(labelBytes), Math.floor(row / RANGE));
	const place = shelf.holes.pop() ?? appendPlace(shelf, lines.blocks);
	setPlace(lines, row, blockAt(lines.blocks, place) as Block, place);
	return place;
}

/** Leaves a hole for the next line that fits. */
export function removeLine(lines: Lines, row: number): void {
	const place = lines.places[row] as number;
	const block = blockAt(lines.blocks, place) as Block;
	block.rows[place % MAX_LINES] = HOLE;
	block.holes.push(place);
}

/** At most so many, each by the last line of its shape; tells whether holes are left. */
export function fillHoles(lines: Lines, limit: number): boolean {
	let left = limit;
	for (const shelf of lines.shelves.values()) {
		for (; left > 0 && shelf.holes.length > 0; left--) fillHole(lines, shelf, shelf.holes.pop() as number);
	}
	return left === 0;
}

export function* allBlocks({ shelves }: Lines): Iterable<Block> {
	for (const { blocks } of shelves.values()) yield* blocks;
}

function fillHole(lines: Lines, shelf: Shelf, place: number): void {
	const last = lastBlock(shelf, lines.blocks);
	const block = blockAt(lines.blocks, place);
	// The hole was behind the last line.
	if (last === undefined || block === undefined || place % MAX_LINES >= block.count) return;
	last.count--;
	copyLine(last, last.count, block, place % MAX_LINES);
	setPlace(lines, last.rows[last.count] as number, block, place);
}

function setPlace({ places }: Lines, row: number, block: Block, place: number): void {
	block.rows[place % MAX_LINES] = row;
	places[row] = place;
}

function shelfOf({ shelves, names }: Lines, labelClass: number, range: number): Shelf {
	const key = labelClass * MOST_RANGES + range;
	const known = shelves.get(key);
	if (known) return known;
	const shelf: Shelf = { shape: lineShape(names, labelClass), blocks: [], holes: [] };
	shelves.set(key, shelf);
	return shelf;
}

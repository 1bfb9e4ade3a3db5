/** Lines of one shape, of rows of a table that are near each other: each may take the place of another. */
import { type Block, createBlock } from "./block.ts";
import { type LineShape, MAX_LINES } from "./line-shape.ts";

export interface Shelf {
	readonly shape: LineShape;
	/** All but the last are full. */
	readonly blocks: Block[];
	/** Places of lines that went. */
	readonly holes: number[];
}

/** The blocks of all shelves of a table. A place is the number of a block times MAX_LINES, and the place in the block. */
export interface Blocks {
	readonly byNumber: (Block | undefined)[];
	readonly unusedNumbers: number[];
}

/** Stands for the row where a line went: no table is so long. */
export const HOLE = 0xffff_ffff;

export function createBlocks(): Blocks {
	return { byNumber: [], unusedNumbers: [] };
}

export function blockAt({ byNumber }: Blocks, place: number): Block | undefined {
	return byNumber[Math.floor(place / MAX_LINES)];
}

/** The place after the last line. */
export function appendPlace(shelf: Shelf, blocks: Blocks): number {
	let last = shelf.blocks.at(-1);
	if (last === undefined || last.count === shelf.shape.capacity) {
		last = createBlock(shelf.shape, blocks.unusedNumbers.pop() ?? blocks.byNumber.length, shelf.holes);
		blocks.byNumber[last.number] = last;
		shelf.blocks.push(last);
	}
	return last.number * MAX_LINES + last.count++;
}

/** The block of the last line, once holes behind it are cut off. */
export function lastBlock(shelf: Shelf, blocks: Blocks): Block | undefined {
	for (let last = shelf.blocks.at(-1); last !== undefined; last = shelf.blocks.at(-1)) {
		while (last.count > 0 && last.rows[last.count - 1] === HOLE) last.count--;
		if (last.count > 0) return last;
		shelf.blocks.pop();
		blocks.byNumber[last.number] = undefined;
		blocks.unusedNumbers.push(last.number);
	}
	return undefined;
}

/** So many lines of one shape as one chunk holds, in each family of the table at the same places. */
import { type Chunk, createChunk, writableChunk } from "./chunk.ts";
import { copyDigits, DIGITS, patchDigits } from "./digits.ts";
import type { LineShape } from "./line-shape.ts";
import type { Piece } from "./page-body.ts";
import { type TextAt, type WordText, writeTexts } from "./word-text.ts";

export interface Block {
	/** Of the table's blocks. */
	readonly number: number;
	readonly shape: LineShape;
	/** Of the table, by place. */
	readonly rows: Uint32Array;
	/** By family. */
	readonly chunks: Chunk[];
	/** See shelf.ts. */
	readonly holes: number[];
	/** One bit for each place whose line is still to be written, but for its digits. */
	readonly unwritten: Uint32Array;
	count: number;
}

/** A line feed comes before the first line too: then a line begins and ends where words do. */
const LEAD = 1;
const LINE_FEED = 0x0a;

export function createBlock(shape: LineShape, number: number, holes: number[]): Block {
	const { strides, capacity } = shape;
	const chunks = strides.map((stride) => createChunk(capacity * stride + 4));
	const unwritten = new Uint32Array(Math.ceil(capacity / 32));
	return { number, shape, rows: new Uint32Array(capacity), chunks, holes, unwritten, count: 0 };
}

/** To be called before a page is changed: from then on only what nobody reads. Gives the number of copies. */
export function makeWritable({ chunks, shape, count }: Block): number {
	let copies = 0;
	for (const [family, chunk] of chunks.entries()) {
		const writable = writableChunk(chunk, LEAD + count * strideOf(shape, family));
		if (writable !== chunk) copies++;
		chunks[family] = writable;
	}
	return copies;
}

export function setRow({ rows, unwritten }: Block, place: number, row: number): void {
	rows[place] = row;
	unwritten[place >>> 5] = (unwritten[place >>> 5] as number) | (1 << (place & 31));
}

/** As many places as there is room for; gives how many. A line that was cut off from the end since has gone elsewhere. */
export function takeUnwritten({ unwritten, count }: Block, places: Uint32Array): number {
	let taken = 0;
	for (let word = 0; word < unwritten.length; word++) {
		while (unwritten[word] !== 0 && taken < places.length) {
			const bit = 31 - Math.clz32(unwritten[word] as number);
			unwritten[word] = (unwritten[word] as number) & ~(1 << bit);
			const place = 32 * word + bit;
			if (place < count) places[taken++] = place;
		}
	}
	return taken;
}

/** All but the digits. `before` begins with the line feed of the line before, `after` is what stands behind the client. */
export function writeLine(
	{ chunks, shape }: Block,
	place: number,
	family: number,
	before: WordText,
	client: TextAt,
	after: WordText,
): void {
	const { bytes, words } = chunks[family] as Chunk;
	const stride = strideOf(shape, family);
	const end = (place + 1) * stride;
	writeTexts(words, (end - stride) >> 2, (end - DIGITS) >> 2, before, client, after);
	bytes[end] = LINE_FEED;
}

/** By family. Families of one column have one value under several names: it becomes digits once. */
export function patchBlock(block: Block, columns: readonly Float64Array[]): void {
	const rows = block.rows.subarray(0, block.count);
	const lines = block.chunks.map(({ words }, family) => ({
		words,
		stride: strideOf(block.shape, family) / 4,
	}));
	for (const [family, patched] of lines.entries()) {
		const column = columns[family] as Float64Array;
		const first = lines[columns.indexOf(column)];
		if (first && first !== patched) copyDigits(first, patched, rows.length);
		else patchDigits(patched.words, patched.stride, rows, column);
	}
}

export function pieceOfBlock({ chunks, shape, count }: Block, family: number): Piece {
	const chunk = chunks[family] as Chunk;
	return { bytes: chunk.bytes.subarray(LEAD, LEAD + count * strideOf(shape, family)), chunk };
}

function strideOf({ strides }: LineShape, family: number): number {
	return strides[family] as number;
}

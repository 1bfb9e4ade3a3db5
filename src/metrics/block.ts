/** So many lines of one shape as one chunk holds, in each family of the table at the same places. */
import { type Chunk, createChunk, writableChunk } from "./chunk.ts";
import { copyDigits, patchDigits } from "./digits.ts";
import type { Draft } from "./draft.ts";
import type { LineShape } from "./line-shape.ts";
import type { Piece } from "./page-body.ts";

export interface Block {
	/** Of the table's blocks. */
	readonly number: number;
	readonly shape: LineShape;
	/** Of the table, by place. */
	readonly rows: Uint32Array;
	/** By family. */
	readonly chunks: Chunk[];
	count: number;
}

/** A line feed comes before the first line too: then a line is moved by words, from line feed to line feed. */
const LEAD = 1;
const LINE_FEED = 0x0a;

export function createBlock(shape: LineShape, number: number): Block {
	const { strides, capacity } = shape;
	const chunks = strides.map((stride) => createChunk(capacity * stride + 4));
	return { number, shape, rows: new Uint32Array(capacity), chunks, count: 0 };
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

export function writeLine({ chunks, shape }: Block, place: number, family: number, draft: Draft): void {
	const { bytes, words } = chunks[family] as Chunk;
	const stride = strideOf(shape, family);
	const start = (place * stride) / 4;
	for (let i = 0; i < stride / 4; i++) words[start + i] = draft.words[i] as number;
	bytes[(place + 1) * stride] = LINE_FEED;
}

/** Lines of blocks of the same shape. */
export function copyLine(from: Block, fromPlace: number, to: Block, toPlace: number): void {
	for (const [family, { words }] of from.chunks.entries()) {
		const stride = strideOf(from.shape, family) / 4;
		const line = words.subarray(fromPlace * stride, (fromPlace + 1) * stride);
		(to.chunks[family] as Chunk).words.set(line, toPlace * stride);
	}
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

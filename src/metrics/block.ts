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
	count: number;
}

/** A line feed comes before the first line too: then a line begins and ends where words do. */
const LEAD = 1;
const LINE_FEED = 0x0a;
const CACHE_LINE_WORDS = 16;

export function createBlock(shape: LineShape, number: number, holes: number[]): Block {
	const { strides, capacity } = shape;
	const chunks = strides.map((stride) => createChunk(capacity * stride + 4));
	return { number, shape, rows: new Uint32Array(capacity), chunks, holes, count: 0 };
}

/** To be called before a page is changed: from then on only what nobody reads. Gives the number of copies. */
export function makeWritable({ chunks, shape, count }: Block): number {
	let copies = 0;
	for (let family = 0; family < chunks.length; family++) {
		const chunk = chunks[family] as Chunk;
		const writable = writableChunk(chunk, LEAD + count * strideOf(shape, family));
		if (writable === chunk) continue;
		chunks[family] = writable;
		copies++;
	}
	return copies;
}

/** Both blocks have the same shape. */
export function copyLine(from: Block, fromPlace: number, to: Block, toPlace: number): void {
	for (let family = 0; family < to.chunks.length; family++) {
		const words = strideOf(to.shape, family) / 4;
		const source = (from.chunks[family] as Chunk).words;
		const target = (to.chunks[family] as Chunk).words;
		for (let i = 0; i < words; i++) target[toPlace * words + i] = source[fromPlace * words + i] as number;
	}
}

/** Reads a word of each stretch of memory in which the line is, in all families. */
export function touchLine({ chunks, shape }: Block, place: number): number {
	let touched = 0;
	for (let family = 0; family < chunks.length; family++) {
		const { words } = chunks[family] as Chunk;
		const stride = strideOf(shape, family) / 4;
		const end = (place + 1) * stride;
		for (let at = place * stride; at < end; at += CACHE_LINE_WORDS) touched ^= words[at] as number;
		touched ^= words[end] as number;
	}
	return touched;
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

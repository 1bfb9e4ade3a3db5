/**
 * A text in a map of the kernel, in rows of so many bytes each. Two copies take turns: the row HEAD says which of them is
 * whole, so that the death of the writer at any moment leaves the one or the other.
 */

import { setImmediate } from "node:timers/promises";
import { indexKey, lookup, type MapDescription, removeBatch, update, updateBatch } from "./map.ts";

const HEAD = 0xffff_ffff;
/** A quarter of a megabyte: less than a millisecond. */
const ROWS_PER_SLICE = 64;

export interface KeptText {
	/** Undefined: none was written. */
	read(): Promise<Buffer | undefined>;
	/** In slices. Never two at a time. @throws when it is too long */
	write(text: Buffer): Promise<void>;
}

interface Head {
	/** 0 or 1. */
	readonly copy: number;
	readonly bytes: number;
}

/** `map`: a hash from a u32 to bytes, where none takes memory that is not used. */
export function keptText(map: MapDescription): KeptText {
	const room = Math.floor((map.maxEntries - 1) / 2);
	const rowsOf = (bytes: number) => Math.ceil(bytes / map.valueSize);
	const key = (copy: number, row: number) => indexKey(copy * room + row);
	const keys = (copy: number, from: number, to: number) =>
		Buffer.concat(Array.from({ length: to - from }, (_, i) => key(copy, from + i)));

	async function removeRows(copy: number, from: number): Promise<void> {
		for (let row = from; row < room && lookup(map, key(copy, row)); row++) {
			removeBatch(map, key(copy, row), 1);
			if (row % ROWS_PER_SLICE === 0) await setImmediate();
		}
	}

	return {
		async read() {
			const head = readHead(map);
			if (!head) return undefined;
			const text = Buffer.alloc(rowsOf(head.bytes) * map.valueSize);
			for (let row = 0; row < rowsOf(head.bytes); row++) {
				lookup(map, key(head.copy, row))?.copy(text, row * map.valueSize);
				if (row % ROWS_PER_SLICE === 0) await setImmediate();
			}
			return text.subarray(0, head.bytes);
		},
		async write(text) {
			const rows = rowsOf(text.length);
			if (rows > room)
				throw new Error(
					`Cannot keep ${text.length} bytes in map ${map.name}, expected ${room * map.valueSize} or fewer`,
				);
			const former = readHead(map)?.copy ?? 1;
			const copy = 1 - former;
			for (let from = 0; from < rows; from += ROWS_PER_SLICE) {
				const to = Math.min(from + ROWS_PER_SLICE, rows);
				const values = Buffer.alloc((to - from) * map.valueSize);
				text.copy(values, 0, from * map.valueSize, to * map.valueSize);
				updateBatch(map, keys(copy, from, to), values, to - from);
				await setImmediate();
			}
			writeHead(map, { copy, bytes: text.length });
			await removeRows(copy, rows);
			await removeRows(former, 0);
		},
	};
}

function readHead(map: MapDescription): Head | undefined {
	const row = lookup(map, indexKey(HEAD));
	return row && { copy: row.readUInt32LE(0), bytes: row.readUInt32LE(4) };
}

function writeHead(map: MapDescription, { copy, bytes }: Head): void {
	const row = Buffer.alloc(map.valueSize);
	row.writeUInt32LE(copy, 0);
	row.writeUInt32LE(bytes, 4);
	update(map, indexKey(HEAD), row);
}

/**
 * Array maps of `struct name` (bpf/flow.h): they give the rows of other arrays to names, for good. Rows are taken from
 * the first on, without gaps.
 */
import { indexKey, type MapDescription, readFirst, update, updateBatch } from "./map.ts";
import type { Layout } from "./struct.ts";

export interface Name {
	/** 1 to 255. */
	readonly kind: number;
	readonly text: string;
}

export type NameLayout = Layout<{ readonly kind: "u8"; readonly text: "name" }>;

/** The names of an ordinary node; each row is half a KiB. */
const FEW_ROWS = 16;

/** By row: every name that has one. */
export function readNames(map: MapDescription, layout: NameLayout): Name[] {
	const few = firstNames(map, layout, FEW_ROWS);
	return few.length < FEW_ROWS ? few : firstNames(map, layout, map.maxEntries);
}

function firstNames(map: MapDescription, layout: NameLayout, rows: number): Name[] {
	const names: Name[] = [];
	const { count, values, valueStride } = readFirst(map, rows);
	for (let row = 0; row < count; row++) {
		const kind = values.readUInt8(row * valueStride + layout.kind);
		if (kind === 0) break;
		const start = row * valueStride + layout.text;
		names.push({ kind, text: values.toString("utf8", start, values.indexOf(0, start)) });
	}
	return names;
}

/**
 * Rows of the wanted names, which get one when they have none yet.
 * @throws when no row is free
 */
export function rowsOfNames(map: MapDescription, layout: NameLayout, wanted: readonly Name[]): number[] {
	const rows = new Map(readNames(map, layout).map((name, row) => [identity(name), row]));
	const known = rows.size;
	const fresh: Name[] = [];
	const wantedRows = wanted.map((name) => {
		const row = rows.get(identity(name)) ?? rows.size;
		if (row >= map.maxEntries) throw noRow(map, name, known);
		if (!rows.has(identity(name))) fresh.push(name);
		rows.set(identity(name), row);
		return row;
	});
	const keys = Buffer.concat(fresh.map((_, i) => indexKey(known + i)));
	updateBatch(map, keys, Buffer.concat(fresh.map((name) => encode(name, layout))), fresh.length);
	return wantedRows;
}

/** Gives a row that has no name yet to this one. @throws {RangeError} when it is too long */
export function writeName(map: MapDescription, layout: NameLayout, row: number, name: Name): void {
	update(map, indexKey(row), encode(name, layout));
}

/** Bytes of UTF-8 that a name may have. */
export function longestName(layout: NameLayout): number {
	// The last byte stays 0.
	return layout.size - layout.text - 1;
}

function identity({ kind, text }: Name): string {
	return `${kind} ${text}`;
}

function encode({ kind, text }: Name, layout: NameLayout): Buffer {
	const value = Buffer.alloc(layout.size);
	value.writeUInt8(kind, layout.kind);
	const longest = longestName(layout);
	if (value.write(text, layout.text, longest, "utf8") < Buffer.byteLength(text))
		throw new RangeError(`Cannot keep the name ${text}: it is longer than ${longest} bytes`);
	return value;
}

function noRow(map: MapDescription, { text }: Name, known: number): Error {
	return new Error(
		`Cannot give a row of map ${map.name} to ${text}: ${map.maxEntries} are taken, of which ${known} from earlier runs, ` +
			'expected fewer names, a higher limit where there is one, or "lbscope cleanup", which forgets all counts',
	);
}

/** Rows of pair_rows, as calls read them: for what is read once. */
import { indexKey, lookup, type MapDescription, type MapRows } from "../bpf/map.ts";
import { readWanted } from "../bpf/read-ranges.ts";
import { readU64 } from "../bpf/struct.ts";
import type { bindPair, Layouts } from "./layouts.ts";

/** Rows from here on were never given to a pair. */
export function usedRows(room: MapDescription, { used }: Layouts["pairRoom"]): number {
	const row = lookup(room, indexKey(0));
	return row ? readU64(row, used) : 0;
}

/** `visit` gets each row that holds a pair: where it begins in the values. */
export function eachPair(
	rows: MapDescription,
	used: number,
	{ version }: ReturnType<typeof bindPair>,
	visit: (values: Buffer, at: number, row: number) => void,
): Promise<void> {
	const isUsed = (from: number) => from < used;
	return readWanted(rows, isUsed, ({ count, values, valueStride }: MapRows, first) => {
		for (let i = 0; i < count; i++) {
			const at = i * valueStride;
			if (values.readUInt32LE(at + version) & 1) visit(values, at, first + i);
		}
	});
}

/** Rows of pair_rows and their state, as tests look at them. */
import { indexKey, lookup, readAll, readFirst, update, updateBatch } from "../../src/bpf/map.ts";
import type { BpfObject } from "../../src/bpf/object.ts";
import { readU64, writeU64 } from "../../src/bpf/struct.ts";
import { decodeRows } from "../../src/sources/decode-rows.ts";
import { bindLayouts, type Layouts } from "../../src/sources/layouts.ts";
import { eachPair, usedRows } from "../../src/sources/pair-rows.ts";

const PAIR_FREE = 2 ** 31;

/** Numbers of the rows whose pair is meant, as the governor would tell them. */
export async function rowsOfPairs(
	object: BpfObject,
	layouts: Layouts,
	isMeant: (pair: Record<string, unknown>) => boolean = () => true,
): Promise<Uint32Array> {
	const rows = object.map("pair_rows");
	const numbers: number[] = [];
	await eachPair(rows, rows.maxEntries, layouts.pair, (_values, _at, row) => numbers.push(row));
	const pairs = [...decodeRows("pairs", await readAll(rows), layouts)];
	return Uint32Array.from(numbers.filter((_, i) => isMeant(pairs[i] ?? {})));
}

/** As if all pairs had left long ago: versions go on, for user space knows the rows by them. */
export async function clearPairRows(object: BpfObject): Promise<void> {
	const { pair, pairRoom } = bindLayouts(object.structs);
	const [rows, room] = [object.map("pair_rows"), object.map("pair_room")];
	const used = usedRows(room, pairRoom);
	if (used === 0) return;
	const { keys, values, valueStride } = readFirst(rows, used);
	for (let row = 0; row < used; row++) {
		const at = row * valueStride;
		const version = values.readUInt32LE(at + pair.version);
		values.fill(0, at, at + valueStride);
		values.writeUInt32LE(version + (version & 1), at + pair.version);
		// The next one, in their order.
		values.writeUInt32LE(PAIR_FREE + (row + 1 < used ? row + 2 : 0), at + pair.leaving);
	}
	updateBatch(rows, keys, values, used);
	const cleared = Buffer.alloc(room.valueSize);
	cleared.writeUInt32LE(1, pairRoom.free);
	writeU64(cleared, used, pairRoom.used);
	update(room, indexKey(0), cleared);
}

export interface Room {
	/** Row numbers, the first to be given first. */
	readonly free: readonly number[];
	/** From the next walk on. */
	readonly left: readonly number[];
	readonly held: readonly number[];
	readonly used: number;
}

/** Where each row is. @throws when a chain has no end */
export async function roomOf(object: BpfObject): Promise<Room> {
	const { pair, pairRoom } = bindLayouts(object.structs);
	const rows = object.map("pair_rows");
	const { values, valueStride } = await readAll(rows);
	const room = lookup(object.map("pair_room"), indexKey(0)) ?? Buffer.alloc(0);
	const chain = (first: number) => {
		const found: number[] = [];
		for (let next = first; next !== 0; next = nextOf(next - 1)) {
			if (found.push(next - 1) > rows.maxEntries) throw new Error("a row is in a chain twice");
		}
		return found;
	};
	const nextOf = (row: number) => values.readUInt32LE(row * valueStride + pair.leaving) & (PAIR_FREE - 1);
	const held: number[] = [];
	await eachPair(rows, rows.maxEntries, pair, (_values, _at, row) => held.push(row));
	return {
		free: chain(room.readUInt32LE(pairRoom.free)),
		left: chain(room.readUInt32LE(pairRoom.left_first)),
		held,
		used: readU64(room, pairRoom.used),
	};
}

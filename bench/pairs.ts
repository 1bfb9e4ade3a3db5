/** Pairs as a busy service makes them, in the maps of the data path: each client with four endpoints. */

import type { BtfStruct } from "../src/bpf/btf.ts";
import { indexKey, type MapDescription, removeBatch, update, updateBatch } from "../src/bpf/map.ts";
import { BpfObject } from "../src/bpf/object.ts";
import { bindStruct, writeU64 } from "../src/bpf/struct.ts";

export const ENDPOINTS = 4;
/** Rows of one call. */
const CHUNK = 65_536;
const HOST_PREFIX = 128;
const ENDPOINT_ADDRESS = 1;
/** Of 10.0.0.0/8, from which the clients come. */
const FIRST_CLIENT = 0x0a000000;
const FIRST_ENDPOINT = 0xc0a80001;
const PACKETS_STEP = 7;
const BYTES_STEP = 9_001;

/** What of the data path's maps holds pairs. */
export interface PairMaps {
	/** From key to row. */
	readonly pairs: MapDescription;
	readonly rows: MapDescription;
	readonly room: MapDescription;
}

/** The maps of the data path, with nobody who counts. */
export function loadTables(maxEntries: Readonly<Record<"pairs" | "flows" | "others", number>>): BpfObject {
	return new BpfObject(undefined, { maxEntries: { ...maxEntries, pair_rows: maxEntries.pairs } });
}

export function findPairMaps(find: (name: string) => MapDescription): PairMaps {
	return { pairs: find("pairs"), rows: find("pair_rows"), room: find("pair_room") };
}

export type PairLayouts = ReturnType<typeof bindLayouts>;

export function bindLayouts(structs: ReadonlyMap<string, BtfStruct>) {
	const pairKey = {
		client: "address",
		endpoint: "address",
		endpoint_kind: "u8",
		client_prefix: "u8",
	} as const;
	return {
		pairKey: bindStruct(structs, "pair_key", pairKey),
		pair: bindStruct(structs, "counted_pair", { version: "u32", traffic: "traffic", key: "pair_key" }),
		traffic: bindStruct(structs, "traffic", { packets: "u64", bytes: "u64" }),
		pairRoom: bindStruct(structs, "pair_room", { used: "u64" }),
	};
}

export function writeKey(keys: Buffer, at: number, pair: number, layout: PairLayouts["pairKey"]): void {
	writeIPv4(keys, at + layout.client, FIRST_CLIENT + Math.floor(pair / ENDPOINTS));
	writeIPv4(keys, at + layout.endpoint, FIRST_ENDPOINT + (pair % ENDPOINTS));
	keys[at + layout.endpoint_kind] = ENDPOINT_ADDRESS;
	keys[at + layout.client_prefix] = HOST_PREFIX;
}

/** As ::ffff:a.b.c.d. */
function writeIPv4(keys: Buffer, at: number, address: number): void {
	keys.writeUInt16BE(0xffff, at + 10);
	keys.writeUInt32BE(address, at + 12);
}

/** Each row another number, and another one each round. */
export function writeCounts(
	values: Buffer,
	at: number,
	pair: number,
	round: number,
	layout: PairLayouts["traffic"],
): void {
	const steps = round * 1_000 + (pair % 1_000);
	writeU64(values, steps * PACKETS_STEP, at + layout.packets);
	writeU64(values, steps * BYTES_STEP, at + layout.bytes);
}

/** Row i has its key and its value at i times their sizes. */
export function writeRows(map: MapDescription, keys: Buffer, values: Buffer): void {
	const count = keys.length / map.keySize;
	for (let row = 0; row < count; row += CHUNK) {
		const rows = Math.min(CHUNK, count - row);
		updateBatch(map, keys.subarray(row * map.keySize), values.subarray(row * map.valueSize), rows);
	}
}

export function removeRows(map: MapDescription, keys: Buffer): void {
	removeBatch(map, keys, keys.length / map.keySize);
}

/** Rows of pair_rows up to this one may hold pairs. */
export function setUsed({ room }: PairMaps, used: number, { pairRoom }: PairLayouts): void {
	const row = Buffer.alloc(room.valueSize);
	writeU64(row, used, pairRoom.used);
	update(room, indexKey(0), row);
}

/** Rows of the pair map as a busy service makes them: each client with four endpoints. */

import type { BtfStruct } from "../src/bpf/btf.ts";
import { type MapDescription, removeBatch, updateBatch } from "../src/bpf/map.ts";
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

export interface PairRows {
	readonly keys: Buffer;
	readonly values: Buffer;
	readonly count: number;
}

/** The maps of the data path, with nobody who counts. */
export function loadTables(maxEntries: { readonly pairs: number; readonly flows: number }): BpfObject {
	return new BpfObject(undefined, { maxEntries });
}

/** The map's rows from `first` on; `round` is how often they have counted. */
export function makePairs(
	structs: ReadonlyMap<string, BtfStruct>,
	first: number,
	count: number,
	round = 1,
): PairRows {
	const layouts = bindLayouts(structs);
	const sizes = { key: layouts.pairKey.size, value: layouts.pair.size };
	const rows = { keys: Buffer.alloc(count * sizes.key), values: Buffer.alloc(count * sizes.value), count };
	for (let row = 0; row < count; row++) {
		writeKey(rows.keys, row * sizes.key, first + row, layouts.pairKey);
		writeCounts(rows.values, row * sizes.value, first + row, round, layouts.traffic);
	}
	return rows;
}

type Layouts = ReturnType<typeof bindLayouts>;

function bindLayouts(structs: ReadonlyMap<string, BtfStruct>) {
	const pairKey = {
		client: "address",
		endpoint: "address",
		endpoint_kind: "u8",
		client_prefix: "u8",
	} as const;
	return {
		pairKey: bindStruct(structs, "pair_key", pairKey),
		pair: bindStruct(structs, "pair", { traffic: "traffic" }),
		traffic: bindStruct(structs, "traffic", { packets: "u64", bytes: "u64" }),
	};
}

function writeKey(keys: Buffer, at: number, pair: number, layout: Layouts["pairKey"]): void {
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
function writeCounts(
	values: Buffer,
	at: number,
	pair: number,
	round: number,
	layout: Layouts["traffic"],
): void {
	const steps = round * 1_000 + (pair % 1_000);
	writeU64(values, steps * PACKETS_STEP, at + layout.packets);
	writeU64(values, steps * BYTES_STEP, at + layout.bytes);
}

export function writePairs(map: MapDescription, { keys, values, count }: PairRows): void {
	for (let row = 0; row < count; row += CHUNK) {
		const rows = Math.min(CHUNK, count - row);
		updateBatch(map, keys.subarray(row * map.keySize), values.subarray(row * map.valueSize), rows);
	}
}

export function removePairs(map: MapDescription, { keys, count }: PairRows): void {
	removeBatch(map, keys, count);
}

/** Rows as the kernel hands them over, for tests of what reads them. */
import type { MapRows } from "../../src/bpf/map.ts";
import { readStructs } from "../../src/bpf/object.ts";
import { writeU64 } from "../../src/bpf/struct.ts";
import { parseAddress } from "../../src/model/address.ts";
import { bindLayouts } from "../../src/sources/layouts.ts";

export const layouts = bindLayouts(readStructs());

export const UNKNOWN = 0;
export const ADDRESS = 1;
export const MAC = 2;

export function mapRows(rows: readonly (readonly [Buffer, Buffer])[], cpus = 1): MapRows {
	const [key = Buffer.alloc(0), value = Buffer.alloc(0)] = rows[0] ?? [];
	return {
		count: rows.length,
		keys: Buffer.concat(rows.map(([k]) => k)),
		values: Buffer.concat(rows.map(([, v]) => v)),
		keySize: key.length,
		valueStride: value.length,
		cpuStride: value.length / cpus,
		cpus,
	};
}

export function address(text: string): Uint8Array {
	const bytes = parseAddress(text);
	if (!bytes) throw new RangeError(`${text} is no address`);
	return bytes;
}

/** The 16 bytes of an endpoint: an address, or six bytes of an Ethernet address and zeros. */
export function endpointBytes(text: string, kind: number): Buffer {
	const bytes = Buffer.alloc(16);
	if (kind === ADDRESS) bytes.set(address(text));
	if (kind === MAC) bytes.write(text.replaceAll(":", ""), "hex");
	return bytes;
}

export interface PairRow {
	readonly slot: number;
	readonly client: string;
	readonly endpoint: string;
	readonly kind: number;
	readonly packets: number;
	readonly bytes: number;
}

/** Of pair_rows: the number of the row, and the row. */
export function pairRow(version: number, told: PairRow): [Buffer, Buffer] {
	const { pairKey, pair, traffic } = layouts;
	const row = Buffer.alloc(pair.size);
	row.writeUInt32LE(version, pair.version);
	writeU64(row, told.packets, pair.traffic + traffic.packets);
	writeU64(row, told.bytes, pair.traffic + traffic.bytes);
	const key = row.subarray(pair.key);
	key.set(address(told.client), pairKey.client);
	key.set(endpointBytes(told.endpoint, told.kind), pairKey.endpoint);
	key.writeUInt32LE(told.slot, pairKey.slot);
	key.writeUInt8(told.kind, pairKey.endpoint_kind);
	key.writeUInt8(128, pairKey.client_prefix);
	return [Buffer.alloc(4), row];
}

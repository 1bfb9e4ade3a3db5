/** Rows of the pairs map -> columns. */
import type { MapRows } from "../bpf/map.ts";
import { readU64 } from "../bpf/struct.ts";
import { ADDRESS_BYTES, formatAddress, isMappedIPv4 } from "../model/address.ts";
import { OTHER, type PairColumns, UNKNOWN } from "../model/reading.ts";
import type { Traffic } from "../model/snapshot.ts";
import { type EndpointNames, MAC_BYTES } from "./endpoint-names.ts";
import type { Layouts } from "./layouts.ts";

/** enum endpoint_kind */
const ENDPOINT_UNKNOWN = 0;
const ENDPOINT_MAC = 2;

/** Texts of addresses, each once; kept between polls, because the addresses stay. */
export interface AddressTexts {
	readonly texts: readonly string[];
	/** Index of the text of the 16 bytes at `offset`. */
	ofAddress(bytes: Buffer, offset: number): number;
	ofText(text: string): number;
}

export function createAddressTexts(): AddressTexts {
	const texts: string[] = [];
	const byText = new Map<string, number>();
	const byBytes = new Map<string, number>();
	const ofText = (text: string) => {
		const known = byText.get(text);
		if (known !== undefined) return known;
		byText.set(text, texts.length);
		return texts.push(text) - 1;
	};
	return {
		texts,
		ofText,
		ofAddress(bytes, offset) {
			const key = bytes.toString("latin1", offset, offset + ADDRESS_BYTES);
			const known = byBytes.get(key);
			if (known !== undefined) return known;
			const index = ofText(formatAddress(bytes, offset));
			byBytes.set(key, index);
			return index;
		},
	};
}

export interface PairReader {
	readonly layouts: Layouts;
	readonly texts: AddressTexts;
	readonly names: EndpointNames;
}

/** `overflow`: by slot, what found no room; each becomes a row of its own. */
export function readPairs(rows: MapRows, overflow: readonly Traffic[], reader: PairReader): PairColumns {
	const full = overflow.map((traffic, slot) => ({ ...traffic, slot })).filter(({ packets }) => packets > 0);
	const columns = allocateColumns(rows.count + full.length, reader.texts);
	for (let i = 0; i < rows.count; i++) readPair(rows, i, columns, reader);
	const other = reader.texts.ofText(OTHER);
	full.forEach(({ slot, packets, bytes }, i) => {
		const row = rows.count + i;
		columns.service[row] = slot;
		columns.client[row] = other;
		columns.endpoint[row] = other;
		columns.packets[row] = packets;
		columns.bytes[row] = bytes;
	});
	return columns;
}

function allocateColumns(length: number, { texts }: AddressTexts): PairColumns {
	return {
		length,
		service: new Uint32Array(length),
		client: new Uint32Array(length),
		endpoint: new Uint32Array(length),
		packets: new Float64Array(length),
		bytes: new Float64Array(length),
		addresses: texts,
	};
}

function readPair(rows: MapRows, row: number, columns: PairColumns, reader: PairReader): void {
	const { pairKey, traffic } = reader.layouts;
	const key = row * rows.keySize;
	const value = row * rows.valueStride;
	columns.service[row] = rows.keys.readUInt32LE(key + pairKey.slot);
	columns.client[row] = reader.texts.ofAddress(rows.keys, key + pairKey.client);
	columns.endpoint[row] = endpointIndex(rows.keys, key, reader);
	columns.packets[row] = readU64(rows.values, value + traffic.packets);
	columns.bytes[row] = readU64(rows.values, value + traffic.bytes);
}

function endpointIndex(
	keys: Buffer,
	key: number,
	{ layouts: { pairKey }, texts, names }: PairReader,
): number {
	const kind = keys.readUInt32LE(key + pairKey.endpoint_kind);
	const at = key + pairKey.endpoint;
	if (kind === ENDPOINT_UNKNOWN) return texts.ofText(UNKNOWN);
	if (kind !== ENDPOINT_MAC) return texts.ofAddress(keys, at);
	const ipv4 = isMappedIPv4(keys, key + pairKey.client);
	return texts.ofText(names.nameOf(keys.subarray(at, at + MAC_BYTES), ipv4));
}

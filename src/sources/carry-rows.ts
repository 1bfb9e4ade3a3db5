/** Rows of a former set, as the programs of bpf/carry.h take them. */
import type { BtfStruct } from "../bpf/btf.ts";
import { type MapRows, readBatches, sumOverCpus } from "../bpf/map.ts";
import { writeU64 } from "../bpf/struct.ts";
import { type ClientPrefix, maskClient } from "./client-prefix.ts";
import type { LastingMap, Structs } from "./lasting-maps.ts";
import { bindPair, bindPairRoom, type Layouts } from "./layouts.ts";
import type { Former } from "./map-sets.ts";
import { eachPair, usedRows } from "./pair-rows.ts";
import { RowBuffer } from "./row-buffer.ts";

export { RowBuffer } from "./row-buffer.ts";

const ADDRESS = 16;
const TRAFFIC = 16;
/** enum endpoint_phase */
const PHASE_KNOWN = 2;
const PHASE_MASK = 3;
/** enum ledger_level: up to this one, rows are retired. */
const LEDGER_RETIRED_ENDPOINT = 3;

/** Tables whose rows are nothing but u64, in the order of enum cell_table, and the structs that they are. */
const CELL_TABLES = [
	["totals", "service_totals"],
	["overflow", "service_overflow"],
	["errors", "service_errors"],
	["ignored", undefined],
	["firewall_matches", "traffic"],
	["evictions", undefined],
] as const;

export async function cellRows(set: Former, to: Structs, { cellRow }: Layouts): Promise<RowBuffer> {
	const rows = new RowBuffer(cellRow.size);
	const add = (table: number, row: number, word: number, value: number) => {
		if (value === 0) return;
		const at = rows.next();
		rows.bytes.writeUInt32LE(table, at + cellRow.table);
		rows.bytes.writeUInt32LE(row, at + cellRow.row);
		rows.bytes.writeUInt32LE(word, at + cellRow.word);
		writeU64(rows.bytes, value, at + cellRow.value);
	};
	for (const [table, [name, struct]] of CELL_TABLES.entries()) {
		const words = struct ? sameWords(set.structs.get(struct), to.get(struct)) : [{ from: 0, to: 0 }];
		await eachRow(set, name, (batch, i) => {
			const row = batch.keys.readUInt32LE(i * batch.keySize);
			for (const word of words) add(table, row, word.to, sumOverCpus(batch, i, 8 * word.from));
		});
	}
	return rows;
}

/** Where the words of the fields that both structs have stand in each of them. */
function sameWords(former: BtfStruct | undefined, now: BtfStruct | undefined) {
	return (now?.fields ?? []).flatMap((field) => {
		const known = former?.fields.find(({ name }) => name === field.name);
		const words = Math.min(known?.size ?? 0, field.size) / 8;
		const at = (offset: number, word: number) => offset / 8 + word;
		return Array.from({ length: words }, (_, word) => ({
			from: at(known?.offset ?? 0, word),
			to: at(field.offset, word),
		}));
	});
}

/** A map that an older version did not have has no rows. */
async function eachRow(
	{ maps }: Former,
	name: LastingMap,
	visit: (batch: MapRows, row: number) => void,
): Promise<void> {
	const map = maps.get(name);
	if (!map) return;
	await readBatches(map, (batch) => {
		for (let row = 0; row < batch.count; row++) visit(batch, row);
	});
}

export async function ledgerRows(set: Former, { ledgerRow, ledgerKey }: Layouts) {
	const former = set.layouts;
	const retired = new RowBuffer(ledgerRow.size);
	const kept = new RowBuffer(ledgerRow.size);
	await eachRow(set, "ledger", ({ keys, values, keySize, valueStride }, i) => {
		const key = i * keySize;
		const level = keys.readUInt32LE(key + former.ledgerKey.level);
		const rows = level <= LEDGER_RETIRED_ENDPOINT ? retired : kept;
		const at = rows.next();
		const to = at + ledgerRow.key;
		rows.bytes.writeUInt32LE(level, to + ledgerKey.level);
		copy32(keys, key + former.ledgerKey.slot, rows.bytes, to + ledgerKey.slot);
		copyBytes(keys, key + former.ledgerKey.address, rows.bytes, to + ledgerKey.address, ADDRESS);
		copy8(keys, key + former.ledgerKey.endpoint_kind, rows.bytes, to + ledgerKey.endpoint_kind);
		copy8(keys, key + former.ledgerKey.client_prefix, rows.bytes, to + ledgerKey.client_prefix);
		copyBytes(values, i * valueStride, rows.bytes, at + ledgerRow.traffic, TRAFFIC);
	});
	return { retired, kept };
}

export async function pairRows(set: Former, layouts: Layouts): Promise<RowBuffer> {
	const rows = new RowBuffer(layouts.pairRow.size);
	const add = addPair(set, layouts, rows, 1);
	const [inPlace, room] = [set.maps.get("pair_rows"), set.maps.get("pair_room")];
	if (inPlace && room) {
		const pair = bindPair(set.structs);
		const used = usedRows(room, bindPairRoom(set.structs));
		await eachPair(inPlace, used, pair, (values, at) =>
			add(values, at + pair.key, values, at + pair.traffic),
		);
	} else {
		// As versions before had them: the traffic is what the value begins with.
		await eachRow(set, "pairs", ({ keys, values, keySize, valueStride }, i) =>
			add(keys, i * keySize, values, i * valueStride),
		);
	}
	return rows;
}

export async function otherRows(set: Former, layouts: Layouts): Promise<RowBuffer> {
	const rows = new RowBuffer(layouts.pairRow.size);
	const add = addPair(set, layouts, rows, 0);
	await eachRow(set, "others", ({ keys, values, keySize, valueStride }, i) =>
		add(keys, i * keySize, values, i * valueStride),
	);
	return rows;
}

function addPair({ layouts }: Former, { pairRow, pairKey }: Layouts, rows: RowBuffer, wasSeries: 0 | 1) {
	const former = layouts.pairKey;
	return (keys: Buffer, key: number, values: Buffer, traffic: number) => {
		const at = rows.next();
		const to = at + pairRow.key;
		copyBytes(keys, key + former.client, rows.bytes, to + pairKey.client, ADDRESS);
		copyBytes(keys, key + former.endpoint, rows.bytes, to + pairKey.endpoint, ADDRESS);
		copy32(keys, key + former.slot, rows.bytes, to + pairKey.slot);
		copy8(keys, key + former.endpoint_kind, rows.bytes, to + pairKey.endpoint_kind);
		copy8(keys, key + former.client_prefix, rows.bytes, to + pairKey.client_prefix);
		copyBytes(values, traffic, rows.bytes, at + pairRow.traffic, TRAFFIC);
		rows.bytes.writeUInt32LE(wasSeries, at + pairRow.was_series);
	};
}

/** What flows had counted and no walk has booked yet. Clients as the pairs have them now. */
export async function pendingRows(
	set: Former,
	{ pairRow, pairKey, traffic }: Layouts,
	clientPrefix: ClientPrefix,
): Promise<RowBuffer> {
	const { flow, flowKey } = set.layouts;
	const rows = new RowBuffer(pairRow.size);
	await eachRow(set, "flows", ({ keys, values, keySize, valueStride }, i) => {
		const key = i * keySize;
		const value = i * valueStride;
		const packets = values.readBigUInt64LE(value + flow.pending_packets);
		const bytes = values.readBigUInt64LE(value + flow.pending_bytes);
		if (packets === 0n && bytes === 0n) return;
		const at = rows.next();
		const to = at + pairRow.key;
		copyBytes(keys, key + flowKey.client, rows.bytes, to + pairKey.client, ADDRESS);
		rows.bytes.writeUInt8(
			maskClient(rows.bytes, to + pairKey.client, clientPrefix),
			to + pairKey.client_prefix,
		);
		copy32(values, value + flow.slot, rows.bytes, to + pairKey.slot);
		if ((values.readUInt32LE(value + flow.endpoint_version) & PHASE_MASK) === PHASE_KNOWN) {
			copyBytes(values, value + flow.endpoint, rows.bytes, to + pairKey.endpoint, ADDRESS);
			copy8(values, value + flow.endpoint_kind, rows.bytes, to + pairKey.endpoint_kind);
		}
		rows.bytes.writeBigUInt64LE(packets, at + pairRow.traffic + traffic.packets);
		rows.bytes.writeBigUInt64LE(bytes, at + pairRow.traffic + traffic.bytes);
	});
	return rows;
}

function copyBytes(from: Buffer, offset: number, to: Buffer, at: number, bytes: number): void {
	from.copy(to, at, offset, offset + bytes);
}

function copy32(from: Buffer, offset: number, to: Buffer, at: number): void {
	to.writeUInt32LE(from.readUInt32LE(offset), at);
}

/** The lowest byte of a wider number, too: little endian. */
function copy8(from: Buffer, offset: number, to: Buffer, at: number): void {
	to.writeUInt8(from.readUInt8(offset), at);
}

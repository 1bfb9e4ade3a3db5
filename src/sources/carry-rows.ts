/** Rows of a former set, as the programs of bpf/carry.h take them. */
import { type MapRows, readBatches, sumOverCpus } from "../bpf/map.ts";
import { writeU64 } from "../bpf/struct.ts";
import { type ClientPrefix, maskClient } from "./client-prefix.ts";
import type { LastingLayouts, Layouts } from "./layouts.ts";
import { type MapSet, mapOf } from "./map-sets.ts";
import { RowBuffer } from "./row-buffer.ts";

export { RowBuffer } from "./row-buffer.ts";

const ADDRESS = 16;
const TRAFFIC = 16;
/** enum endpoint_phase */
const PHASE_KNOWN = 2;
const PHASE_MASK = 3;
/** enum ledger_level: up to this one, rows are retired. */
const LEDGER_RETIRED_ENDPOINT = 3;

/** Tables whose rows are nothing but u64, in the order of enum cell_table. */
const CELL_MAPS = ["totals", "overflow", "errors", "ignored", "firewall_matches", "evictions"] as const;

export async function cellRows(set: MapSet, { cellRow }: Layouts): Promise<RowBuffer> {
	const rows = new RowBuffer(cellRow.size);
	const add = (table: number, row: number, word: number, value: number) => {
		if (value === 0) return;
		const at = rows.next();
		rows.bytes.writeUInt32LE(table, at + cellRow.table);
		rows.bytes.writeUInt32LE(row, at + cellRow.row);
		rows.bytes.writeUInt32LE(word, at + cellRow.word);
		writeU64(rows.bytes, value, at + cellRow.value);
	};
	for (const [table, name] of CELL_MAPS.entries()) {
		const map = mapOf(set, name);
		const words = map.valueSize / 8;
		await eachRow(set, name, (batch, i) => {
			const row = batch.keys.readUInt32LE(i * map.keySize);
			for (let word = 0; word < words; word++) add(table, row, word, sumOverCpus(batch, i, word * 8));
		});
	}
	return rows;
}

async function eachRow(
	set: MapSet,
	name: Parameters<typeof mapOf>[1],
	visit: (batch: MapRows, row: number) => void,
): Promise<void> {
	await readBatches(mapOf(set, name), (batch) => {
		for (let row = 0; row < batch.count; row++) visit(batch, row);
	});
}

export async function ledgerRows(set: MapSet, former: LastingLayouts, { ledgerRow, ledgerKey }: Layouts) {
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

export async function pairRows(
	set: MapSet,
	name: "pairs" | "others",
	former: LastingLayouts,
	{ pairRow, pairKey }: Layouts,
): Promise<RowBuffer> {
	const rows = new RowBuffer(pairRow.size);
	await eachRow(set, name, ({ keys, values, keySize, valueStride }, i) => {
		const key = i * keySize;
		const at = rows.next();
		const to = at + pairRow.key;
		copyBytes(keys, key + former.pairKey.client, rows.bytes, to + pairKey.client, ADDRESS);
		copyBytes(keys, key + former.pairKey.endpoint, rows.bytes, to + pairKey.endpoint, ADDRESS);
		copy32(keys, key + former.pairKey.slot, rows.bytes, to + pairKey.slot);
		copy8(keys, key + former.pairKey.endpoint_kind, rows.bytes, to + pairKey.endpoint_kind);
		copy8(keys, key + former.pairKey.client_prefix, rows.bytes, to + pairKey.client_prefix);
		copyBytes(values, i * valueStride + former.pair.traffic, rows.bytes, at + pairRow.traffic, TRAFFIC);
	});
	return rows;
}

/** What flows had counted and no walk has booked yet. Clients as the pairs have them now. */
export async function pendingRows(
	set: MapSet,
	{ flow, flowKey }: LastingLayouts,
	{ pairRow, pairKey, traffic }: Layouts,
	clientPrefix: ClientPrefix,
): Promise<RowBuffer> {
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

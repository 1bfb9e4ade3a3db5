/** Rows as the kernel hands them over, for tests of the table of pairs. */
import { formatAddress, parseAddress } from "../../src/model/address.ts";
import type { LedgerFormat, PairFormat, RowBatch } from "../../src/model/pair-format.ts";
import { createPairTable, type PairTable, type PairTableOptions } from "../../src/model/pair-table.ts";
import { UNKNOWN } from "../../src/model/stand-ins.ts";
import { RowsInPlace } from "./rows-in-place.ts";

/** How the kernel knows an endpoint: not at all, by its address, by its Ethernet address (here: a number alone). */
export type Kind = 0 | 1 | 2;

export interface PairKey {
	readonly slot: number;
	readonly client: string;
	/** Bits of the 128. */
	readonly prefix: number;
	/** An address, whatever the kind. */
	readonly endpoint: string;
	readonly kind: Kind;
}

export interface LedgerKey {
	readonly level: number;
	readonly slot: number;
	readonly address: string;
	readonly kind: Kind;
	readonly prefix: number;
}

export interface Traffic {
	readonly packets: number;
	readonly bytes: number;
}

/** Neither place nor size is that of the kernel: the table must go by the format. */
export const PAIRS: PairFormat = {
	rowBytes: 76,
	bytes: 0,
	leaving: 8,
	packets: 12,
	key: 20,
	keyBytes: 44,
	slot: 0,
	client: 20,
	clientPrefix: 42,
	version: 68,
	endpointOf: (keys, offset) => endpointText(keys, offset + 4, keys.readUInt8(offset + 41) as Kind),
};

export const LEDGER: LedgerFormat = {
	keyBytes: 28,
	valueBytes: 16,
	slot: 0,
	level: 4,
	address: 8,
	clientPrefix: 25,
	packets: 0,
	bytes: 8,
	endpointOf: (keys, offset) => endpointText(keys, offset + 8, keys.readUInt8(offset + 24) as Kind),
};

export function endpointText(keys: Buffer, offset: number, kind: Kind): string {
	if (kind === 0) return UNKNOWN;
	return kind === 1 ? formatAddress(keys, offset) : `10.2.0.${keys.readUInt8(offset)}`;
}

function addressBytes(text: string): Uint8Array {
	const bytes = parseAddress(text);
	if (!bytes) throw new RangeError(`${text} is no address`);
	return bytes;
}

export function endpointBytes(endpoint: string, kind: Kind): Uint8Array {
	if (kind === 1) return addressBytes(endpoint);
	const bytes = new Uint8Array(16);
	if (kind === 2) bytes[0] = Number(endpoint.split(".").at(-1));
	return bytes;
}

export function encodePairKey({ slot, client, prefix, endpoint, kind }: PairKey): Buffer {
	const key = Buffer.alloc(PAIRS.keyBytes);
	key.writeUInt32LE(slot, PAIRS.slot);
	key.set(endpointBytes(endpoint, kind), 4);
	key.set(addressBytes(client), PAIRS.client);
	key.writeUInt8(kind, 41);
	key.writeUInt8(prefix, PAIRS.clientPrefix);
	return key;
}

export function encodeLedgerKey({ level, slot, address, kind, prefix }: LedgerKey): Buffer {
	const key = Buffer.alloc(LEDGER.keyBytes);
	key.writeUInt32LE(slot, LEDGER.slot);
	key.writeUInt32LE(level, LEDGER.level);
	if (address !== "")
		key.set(kind === 0 ? addressBytes(address) : endpointBytes(address, kind), LEDGER.address);
	key.writeUInt8(kind, 24);
	key.writeUInt8(prefix, LEDGER.clientPrefix);
	return key;
}

export function ledgerBatch(rows: readonly (LedgerKey & Traffic)[]): RowBatch {
	const values = Buffer.alloc(rows.length * LEDGER.valueBytes);
	rows.forEach(({ packets, bytes }, i) => {
		values.writeBigUInt64LE(BigInt(packets), i * LEDGER.valueBytes + LEDGER.packets);
		values.writeBigUInt64LE(BigInt(bytes), i * LEDGER.valueBytes + LEDGER.bytes);
	});
	return { count: rows.length, keys: Buffer.concat(rows.map(encodeLedgerKey)), values };
}

export interface TestTable extends PairTable {
	readonly rows: RowsInPlace;
}

/** Of so many pairs, and as many rows of `sip="other"`. */
export function tableOf({ room = 64, isConfigured = () => false }: Partial<TableOptions> = {}): TestTable {
	const rows = new RowsInPlace(room);
	const options = { pairs: PAIRS, rows: rows.words, ledger: LEDGER, others: room, isConfigured };
	return { ...createPairTable(options), rows };
}

interface TableOptions extends Pick<PairTableOptions, "isConfigured"> {
	readonly room: number;
}

/** `sip` and `dip` may be left out: they are all the same then. */
export function pair(
	slot: number,
	bytes: number,
	{ client = "10.1.0.1", endpoint = "10.2.0.1", prefix = 128, kind = 1 }: Partial<PairKey> = {},
): PairKey & Traffic {
	return { slot, client, endpoint, prefix, kind, bytes, packets: bytes / 10 };
}

/** A table of pairs that nobody has told any. */
import { createPairTable, type PairTable } from "../../src/model/pair-table.ts";

const PAIRS = {
	rowBytes: 64,
	version: 0,
	leaving: 4,
	packets: 8,
	bytes: 16,
	key: 24,
	keyBytes: 40,
	client: 0,
	slot: 32,
	clientPrefix: 37,
	endpointOf: () => "10.0.0.1",
};
const LEDGER = {
	keyBytes: 28,
	valueBytes: 16,
	level: 0,
	slot: 4,
	address: 8,
	clientPrefix: 25,
	packets: 0,
	bytes: 8,
	endpointOf: () => "10.0.0.1",
};

export function emptyTable(): PairTable {
	const rows = new Uint32Array((16 * PAIRS.rowBytes) / 4);
	return createPairTable({ pairs: PAIRS, rows, ledger: LEDGER, others: 16, isConfigured: () => false });
}

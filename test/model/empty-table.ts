/** A table of pairs that nobody has told any. */
import { createPairTable, type PairTable } from "../../src/model/pair-table.ts";

const PAIRS = {
	keyBytes: 40,
	valueBytes: 24,
	client: 0,
	slot: 32,
	clientPrefix: 37,
	packets: 0,
	bytes: 8,
	leaving: 16,
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
	return createPairTable({ pairs: PAIRS, ledger: LEDGER, capacity: 16, isConfigured: () => false });
}

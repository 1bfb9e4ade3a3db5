/** Where the pair table of the model finds its numbers in the rows of the kernel. */
import type { BpfObject } from "../bpf/object.ts";
import type { LedgerFormat, PairFormat } from "../model/pair-format.ts";
import type { EndpointNames } from "./endpoint-names.ts";
import { endpointText } from "./endpoint-text.ts";
import type { Layouts } from "./layouts.ts";

export function tableFormats(object: BpfObject, layouts: Layouts, names: EndpointNames) {
	const ledger = object.map("ledger");
	return {
		pairs: pairFormat(layouts, names),
		ledger: ledgerFormat(ledger.keySize, ledger.valueSize, layouts, names),
		// Besides those of the map, one row for each slot without an endpoint.
		others: object.map("others").maxEntries + object.map("slots").maxEntries,
	};
}

function pairFormat({ pairKey, pair, traffic }: Layouts, names: EndpointNames): PairFormat {
	return {
		rowBytes: pair.size,
		version: pair.version,
		leaving: pair.leaving,
		packets: pair.traffic + traffic.packets,
		bytes: pair.traffic + traffic.bytes,
		key: pair.key,
		keyBytes: pairKey.size,
		client: pairKey.client,
		clientPrefix: pairKey.client_prefix,
		slot: pairKey.slot,
		endpointOf: (keys, key) =>
			endpointText(keys, key + pairKey.endpoint, keys.readUInt8(key + pairKey.endpoint_kind), names),
	};
}

function ledgerFormat(
	keyBytes: number,
	valueBytes: number,
	{ ledgerKey, traffic }: Layouts,
	names: EndpointNames,
): LedgerFormat {
	return {
		keyBytes,
		valueBytes,
		level: ledgerKey.level,
		slot: ledgerKey.slot,
		address: ledgerKey.address,
		clientPrefix: ledgerKey.client_prefix,
		packets: traffic.packets,
		bytes: traffic.bytes,
		endpointOf: (keys, key) =>
			endpointText(keys, key + ledgerKey.address, keys.readUInt8(key + ledgerKey.endpoint_kind), names),
	};
}

/** How pairs and what is left of them are called here: no struct of LoxiLB's. */
import { formatAddress } from "../../model/address.ts";
import type { LedgerFormat, PairFormat } from "../../model/pair-format.ts";
import { UNKNOWN } from "../../model/reading.ts";
import { VALUE } from "./counted-rows.ts";

/** In words: client, endpoint (16 bytes each, see address.ts), slot, and a word of PREFIX (u8) and KIND (u8). */
export const PAIR_KEY = { words: 10, client: 0, endpoint: 4, slot: 8, prefixAndKind: 9 } as const;
/** In words: the key, u32 version and whether it is about to be taken away, u64 packets and bytes. */
export const PAIR_ROW = { words: 16, key: 0, version: 10, leaving: 11, packets: 12, bytes: 14 } as const;
/** In words: level, slot, the address that was kept, and a word of its prefix and kind. */
export const LEDGER_KEY = { words: 7, level: 0, slot: 1, address: 2, prefixAndKind: 6 } as const;

const KIND_SHIFT = 8;
const KNOWN = 1 << KIND_SHIFT;

export function prefixAndKind(prefix: number, isKnown: boolean): number {
	return prefix | (isKnown ? KNOWN : 0);
}

export function prefixOf(word: number): number {
	return word & 255;
}

export function kindOf(word: number): number {
	return word & KNOWN;
}

/** `keys`: one behind another, `offset` in bytes. */
function endpointText(keys: Buffer, offset: number, address: number, kind: number): string {
	if ((keys.readUInt32LE(offset + 4 * kind) & KNOWN) === 0) return UNKNOWN;
	return formatAddress(keys, offset + 4 * address);
}

export function endpointOfPair(keys: Buffer, offset: number): string {
	return endpointText(keys, offset, PAIR_KEY.endpoint, PAIR_KEY.prefixAndKind);
}

export const PAIR_FORMAT: PairFormat = {
	rowBytes: 4 * PAIR_ROW.words,
	version: 4 * PAIR_ROW.version,
	leaving: 4 * PAIR_ROW.leaving,
	packets: 4 * PAIR_ROW.packets,
	bytes: 4 * PAIR_ROW.bytes,
	key: 4 * PAIR_ROW.key,
	keyBytes: 4 * PAIR_KEY.words,
	client: 4 * PAIR_KEY.client,
	clientPrefix: 4 * PAIR_KEY.prefixAndKind,
	slot: 4 * PAIR_KEY.slot,
	endpointOf: endpointOfPair,
};

export const LEDGER_FORMAT: LedgerFormat = {
	keyBytes: 4 * LEDGER_KEY.words,
	valueBytes: VALUE.size,
	level: 4 * LEDGER_KEY.level,
	slot: 4 * LEDGER_KEY.slot,
	address: 4 * LEDGER_KEY.address,
	clientPrefix: 4 * LEDGER_KEY.prefixAndKind,
	packets: VALUE.packets,
	bytes: VALUE.bytes,
	endpointOf: (keys, offset) => endpointText(keys, offset, LEDGER_KEY.address, LEDGER_KEY.prefixAndKind),
};

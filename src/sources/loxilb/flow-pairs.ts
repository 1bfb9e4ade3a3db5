/** Which pair a row of LoxiLB's ct_map belongs to. */
import { formatAddress } from "../../model/address.ts";
import type { Protocol } from "../../model/service.ts";
import { type ClientPrefix, IPV4_BITS_BEFORE, prefixMask } from "../client-prefix.ts";
import { addressAt } from "./addresses.ts";
import type { LegEntries } from "./leg-entry.ts";
import { PAIR_KEY, prefixAndKind } from "./pair-key.ts";
import type { RuleServices } from "./rule-services.ts";

/** The second half of ::ffff:0:0/96. */
const MAPPED = 0xffff0000;

export interface FlowPairs {
	/** Of the last row that was found. */
	readonly key: Uint32Array;
	/** Slot of the row's service; undefined: there is none for it. */
	find(entries: LegEntries, row: number, protocol: Protocol): number | undefined;
}

export function createFlowPairs(services: RuleServices, prefix: ClientPrefix): FlowPairs {
	const key = new Uint32Array(PAIR_KEY.words);
	const ipv4 = maskOf(IPV4_BITS_BEFORE + prefix.ipv4);
	const ipv6 = maskOf(prefix.ipv6);

	function slotOf(entries: LegEntries, row: number, protocol: Protocol): number | undefined {
		const known = services.slotOf(entries.ruleOf(row), protocol);
		if (known !== undefined) return known;
		const { bytes, offset, isIPv6, port } = entries.vipOf(row);
		return services.slotOfVip({ vip: formatAddress(addressAt(bytes, offset, isIPv6)), port, protocol });
	}

	function write(entries: LegEntries, row: number, slot: number): void {
		key.fill(0);
		const isKnown = entries.copyPair(row, key, 0);
		const { client } = PAIR_KEY;
		const isIPv4 = key[client] === 0 && key[client + 1] === 0 && key[client + 2] === MAPPED;
		const { bits, words } = isIPv4 ? ipv4 : ipv6;
		for (let i = 0; i < 4; i++) key[client + i] = (key[client + i] as number) & (words[i] as number);
		key[PAIR_KEY.slot] = slot;
		key[PAIR_KEY.prefixAndKind] = prefixAndKind(bits, isKnown);
	}

	return {
		key,
		find(entries, row, protocol) {
			const slot = slotOf(entries, row, protocol);
			if (slot !== undefined) write(entries, row, slot);
			return slot;
		},
	};
}

function maskOf(bits: number): { readonly bits: number; readonly words: Uint32Array } {
	return { bits, words: new Uint32Array(prefixMask(bits).buffer) };
}

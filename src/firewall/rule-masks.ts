/**
 * Rules -> bit vectors: for each field the set of rules that a value allows (Lakshman and Stiliadis, "High-Speed
 * Policy-based Packet Forwarding", SIGCOMM 1998). A packet matches the rules in the intersection, whatever their number.
 */
import { ADDRESS_BYTES, parseAddress } from "../model/address.ts";
import { type AddressPrefix, MAX_RULES, type Rule } from "./rule.ts";

export const MASK_BYTES = MAX_RULES / 8;

/** One bit for each rule, in rule order; bit i is bit i % 8 of byte i / 8, as a little-endian u64 has it. */
export type RuleMask = Uint8Array;

export interface PrefixRow {
	/** Of 128: IPv4 prefixes are 96 bits longer than written. */
	readonly length: number;
	readonly address: Uint8Array;
	readonly mask: RuleMask;
}

const MAPPED_BITS = 96;

export function maskOf(rules: readonly Rule[], isMember: (rule: Rule) => boolean): RuleMask {
	const mask = new Uint8Array(MASK_BYTES);
	rules.forEach((rule, i) => {
		if (isMember(rule)) mask[i >> 3] = (mask[i >> 3] ?? 0) | (1 << (i & 7));
	});
	return mask;
}

/**
 * Rows of a longest-prefix table: the mask of a prefix holds the rules of every prefix that covers it, for the table
 * gives the longest one only. Both families have a root of their own, so that ::/0 does not speak for IPv4.
 */
export function prefixRows(rules: readonly Rule[], side: "source" | "destination"): PrefixRow[] {
	const roots = [prefixBytes({ address: "0.0.0.0", length: 0 }), prefixBytes({ address: "::", length: 0 })];
	const prefixes = new Map(roots.map((root) => [keyOf(root), root]));
	const byRule = rules.map((rule) => rule[side].map(prefixBytes));
	for (const prefix of byRule.flat()) prefixes.set(keyOf(prefix), prefix);
	const masks = new Map([...prefixes.keys()].map((key) => [key, new Uint8Array(MASK_BYTES)]));
	byRule.forEach((own, i) => {
		const spoken = own.length === 0 ? roots : own;
		for (const prefix of spoken) setBit(masks.get(keyOf(prefix)), i);
	});
	inherit([...prefixes.values()], masks);
	return [...prefixes].map(([key, prefix]) => ({
		...prefix,
		mask: masks.get(key) ?? new Uint8Array(MASK_BYTES),
	}));
}

interface PrefixBytes {
	readonly length: number;
	readonly address: Uint8Array;
	readonly ipv4: boolean;
}

function prefixBytes({ address, length }: AddressPrefix): PrefixBytes {
	const bytes = parseAddress(address);
	if (!bytes) throw new RangeError(`Cannot use prefix ${address}/${length}: it has no IP address`);
	const ipv4 = !address.includes(":");
	return { address: bytes, length: ipv4 ? length + MAPPED_BITS : length, ipv4 };
}

function keyOf({ ipv4, length, address }: PrefixBytes): string {
	return `${ipv4 ? 4 : 6} ${length} ${Buffer.from(address).toString("hex")}`;
}

/** From short to long: each prefix takes over what its nearest covering prefix already has. */
function inherit(prefixes: PrefixBytes[], masks: ReadonlyMap<string, RuleMask>): void {
	for (const prefix of prefixes.sort((a, b) => a.length - b.length)) {
		const parent = nearestCover(prefix, masks);
		const own = masks.get(keyOf(prefix));
		if (parent && own)
			parent.forEach((byte, i) => {
				own[i] = (own[i] ?? 0) | byte;
			});
	}
}

function nearestCover(prefix: PrefixBytes, masks: ReadonlyMap<string, RuleMask>): RuleMask | undefined {
	const shortest = prefix.ipv4 ? MAPPED_BITS : 0;
	for (let length = prefix.length - 1; length >= shortest; length--) {
		const cover = masks.get(keyOf({ ...prefix, length, address: cutTo(prefix.address, length) }));
		if (cover) return cover;
	}
	return undefined;
}

function cutTo(address: Uint8Array, length: number): Uint8Array {
	const cut = new Uint8Array(ADDRESS_BYTES);
	cut.set(address.subarray(0, length >> 3));
	if (length & 7) cut[length >> 3] = (address[length >> 3] ?? 0) & (0xff00 >> (length & 7));
	return cut;
}

function setBit(mask: RuleMask | undefined, bit: number): void {
	if (mask) mask[bit >> 3] = (mask[bit >> 3] ?? 0) | (1 << (bit & 7));
}

/** True for the rules that a packet with this destination port may match; port 0 stands for packets without ports. */
export function allowsPort({ ports }: Rule, port: number): boolean {
	return ports.length === 0 || ports.some(({ first, last }) => port >= first && port <= last);
}

/** Rows of the port table: without a rule that names a port, the one for packets without ports is enough. */
export function portRows(rules: readonly Rule[]): number {
	return rules.some(({ ports }) => ports.length > 0) ? 65536 : 1;
}

/**
 * Rules -> bit vectors: for each field the set of rules that a value allows (Lakshman and Stiliadis, "High-Speed
 * Policy-based Packet Forwarding", SIGCOMM 1998). A packet matches the rules in the intersection, whatever their number.
 */
import { parseAddress } from "../model/address.ts";
import { type AddressPrefix, MAX_RULES, type Rule } from "./rule.ts";

const MASK_BYTES = MAX_RULES / 8;

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
	const rows = new Map<string, Row>();
	const rowOf = (prefix: AddressPrefix): Row => {
		const row = rowFor(prefix);
		const known = rows.get(row.key) ?? row;
		rows.set(row.key, known);
		return known;
	};
	const roots = ROOTS.map(rowOf);
	rules.forEach((rule, i) => {
		const spoken = rule[side].length === 0 ? roots : rule[side].map(rowOf);
		for (const { mask } of spoken) setBit(mask, i);
	});
	inherit(rows);
	return [...rows.values()];
}

const ROOTS: readonly AddressPrefix[] = [
	{ address: "0.0.0.0", length: 0 },
	{ address: "::", length: 0 },
];

interface Row extends PrefixRow {
	/** Family, address, length, a character each byte: in this order a prefix comes right behind those that cover it. */
	readonly key: string;
}

function rowFor({ address: text, length: bits }: AddressPrefix): Row {
	const address = parseAddress(text);
	if (!address) throw new RangeError(`Cannot use prefix ${text}/${bits}: it has no IP address`);
	const isIPv6 = text.includes(":");
	const length = isIPv6 ? bits : bits + MAPPED_BITS;
	const key = Buffer.of(isIPv6 ? 6 : 4, ...address, length).toString("latin1");
	return { length, address, mask: new Uint8Array(MASK_BYTES), key };
}

/** Each prefix takes over what its nearest covering prefix has, which has taken over before. */
function inherit(rows: ReadonlyMap<string, Row>): void {
	const covers: Row[] = [];
	for (const key of [...rows.keys()].sort()) {
		const row = rows.get(key);
		if (!row) continue;
		let cover = covers.at(-1);
		while (cover && !isCovered(row, cover)) {
			covers.pop();
			cover = covers.at(-1);
		}
		if (cover) addBits(row.mask, cover.mask);
		covers.push(row);
	}
}

function isCovered({ key }: Row, cover: Row): boolean {
	const whole = 1 + (cover.length >> 3);
	if (!key.startsWith(cover.key.slice(0, whole))) return false;
	const differing = key.charCodeAt(whole) ^ cover.key.charCodeAt(whole);
	return (cover.length & 7) === 0 || differing >> (8 - (cover.length & 7)) === 0;
}

function addBits(mask: RuleMask, more: RuleMask): void {
	for (let i = 0; i < MASK_BYTES; i++) mask[i] = (mask[i] ?? 0) | (more[i] ?? 0);
}

function setBit(mask: RuleMask, bit: number): void {
	mask[bit >> 3] = (mask[bit >> 3] ?? 0) | (1 << (bit & 7));
}

/** True for the rules that a packet with this destination port may match; port 0 stands for packets without ports. */
export function allowsPort({ ports }: Rule, port: number): boolean {
	return ports.length === 0 || ports.some(({ first, last }) => port >= first && port <= last);
}

/** Rows of the port table: without a rule that names a port, the one for packets without ports is enough. */
export function portRows(rules: readonly Rule[]): number {
	return rules.some(({ ports }) => ports.length > 0) ? 65536 : 1;
}

/** Totals that never go down, over counters that begin again whenever somebody loads his rules anew. */
import { hash } from "node:crypto";
import type { HostRule } from "./host-firewall-rules.ts";

export interface NamedDrops {
	/** Value of the `fw_rule` label. */
	readonly name: string;
	readonly packets: number;
	readonly bytes: number;
}

export interface DropTotals {
	/** What the counters of rules were at the last read, by keyOfRule(). */
	readonly rules: ReadonlyMap<string, Dropped>;
	/** By name; those whose rules are gone stay as they are. */
	readonly totals: ReadonlyMap<string, NamedDrops>;
}

export interface Dropped {
	readonly packets: number;
	readonly bytes: number;
}

export const NO_DROPS: DropTotals = { rules: new Map(), totals: new Map() };

/** Rules without a comment have new names whenever they are loaded anew. Further names count as OTHER from the start. */
const MAX_NAMES = 5000;
const OTHER = "other";

/** Rules of one name are summed. A name over `longest` bytes counts as OTHER. */
export function addDrops(before: DropTotals, read: readonly HostRule[], longest = Infinity): DropTotals {
	const rules = new Map<string, Dropped>();
	const totals = new Map(before.totals);
	for (const rule of read) {
		const key = keyOfRule(rule);
		rules.set(key, { packets: rule.packets, bytes: rule.bytes });
		addToTotal(totals, rule, before.rules.get(key), longest);
	}
	return { rules, totals };
}

/** What a counter has counted `since` its last read, to the total of its name. */
export function addToTotal(
	totals: Map<string, NamedDrops>,
	count: NamedDrops,
	since: Dropped | undefined,
	longest: number,
): void {
	const isFit = Buffer.byteLength(count.name) <= longest;
	const name = isFit && (totals.has(count.name) || totals.size < MAX_NAMES) ? count.name : OTHER;
	const known = totals.get(name) ?? { name, packets: 0, bytes: 0 };
	// Fewer than before: it was loaded or reset meanwhile, and has counted all of these since.
	const old = since && since.packets <= count.packets && since.bytes <= count.bytes ? since : undefined;
	totals.set(name, {
		name,
		packets: known.packets + count.packets - (old?.packets ?? 0),
		bytes: known.bytes + count.bytes - (old?.bytes ?? 0),
	});
}

/** As a map of the kernel keeps it: place and name may be longer than a key can be. */
function keyOfRule({ place, name }: HostRule): string {
	return hash("sha1", `${place} ${name}`, "hex").slice(0, 32);
}

/** Each name once. */
export function namedDrops(
	totals: Iterable<NamedDrops>,
	ownNames: ReadonlySet<string>,
	owner: Owner,
): NamedDrops[] {
	const sums = new Map<string, NamedDrops>();
	for (const each of totals) {
		const name = foreignName(each.name, ownNames, owner);
		const sum = sums.get(name) ?? { name, packets: 0, bytes: 0 };
		sums.set(name, { name, packets: sum.packets + each.packets, bytes: sum.bytes + each.bytes });
	}
	return [...sums.values()];
}

export type Owner = "nft" | "loxilb";

/** No rule of ours and one of somebody else share a label value: theirs gets `nft:` in front, as often as it takes. */
export function foreignName(name: string, ownNames: ReadonlySet<string>, owner: Owner = "nft"): string {
	return ownNames.has(name) ? foreignName(`${owner}:${name}`, ownNames, owner) : name;
}

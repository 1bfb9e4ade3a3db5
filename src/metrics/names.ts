/** Under which names a family stands on the page: its own, and those that LoxiLB's exporters have for it. */
import type { Aliases, Family, SampledFamily, TableFamily } from "./family.ts";

export interface Named {
	readonly name: string;
	readonly type: Family["type"];
}

/** `contract`, `loxilb`, `loxilb_legacy`: sets of names. Or a name itself. */
export type ChosenNames = readonly string[];

export type NameSet = "contract" | keyof Aliases;

export const CONTRACT_NAMES: ChosenNames = ["contract"];

/** Its samples are taken once, whatever the number of its names. */
export interface NamedSamples extends SampledFamily {
	readonly names: readonly Named[];
}

export type ShownFamily = NamedSamples | TableFamily;

/** Families that have none of the chosen names are left out. */
export function showFamilies(families: readonly Family[], chosen: ChosenNames): ShownFamily[] {
	return families.flatMap((family): ShownFamily[] => {
		const names = namesOf(family, chosen);
		if (isOfTable(family)) return names.map((named) => ({ ...family, ...named }));
		return names.length > 0 ? [{ ...family, names }] : [];
	});
}

/** Its own comes first, and each stands there once: LoxiLB shares many with the contract. */
export function namesOf(family: Family, chosen: ChosenNames): readonly Named[] {
	if (isOwn(family)) return [{ name: family.name, type: family.type }];
	const names = allNames(family)
		.filter(([set, name]) => chosen.includes(name) || (chosen.includes(set) && isOfSet(family, set)))
		.map(([, name]) => name);
	return [...new Set(names)].map((name) => ({ name, type: typeUnder(name, family) }));
}

/** By set of names. */
export function allNames({ name, aliases = {} }: Family): (readonly [NameSet, string])[] {
	return Object.entries({ contract: name, ...aliases }) as [NameSet, string][];
}

/** LoxiLB's counters end in _total, also where the contract has a gauge that holds one: drops of the firewall. */
export function typeUnder(name: string, { type }: Family): Family["type"] {
	return name.endsWith("_total") ? "counter" : type;
}

export function isOfTable(family: Family): family is TableFamily {
	return "table" in family;
}

function isOwn({ name }: Family): boolean {
	return name.startsWith("lbscope_");
}

/** A series for each client under another name: that costs as much again, so it has to be named by itself. */
function isOfSet(family: Family, set: NameSet): boolean {
	return set === "contract" || !isOfTable(family);
}

/**
 * Totals of LoxiLB's drop rules, over counters that it neither clears nor keeps for one rule. So what each counter said is
 * remembered, whatever it counted for, and only what a counter gained while its rule drops is a drop.
 */
import { addToTotal, type Dropped, type DropTotals, type NamedDrops } from "./host-firewall-totals.ts";

/** One counter of fw_stats_map. */
export interface LoxilbCount extends Dropped {
	readonly counter: number;
	/** Of the drop rule that has the counter now; undefined: another rule, or none, has it. */
	readonly name: string | undefined;
}

/** Stands for all counters of a map: those without a row of their own were 0 at the first look. */
const LOOKED_AT = 0xffff_ffff;

/** Whether the counters of this map were looked at before, by an earlier run perhaps. */
export function isKnownMap({ rules }: DropTotals, map: number): boolean {
	return rules.has(keyOf(map, LOOKED_AT));
}

/** `counts`: of all counters of a map that is new to us. What they say so far may be of rules that are gone. */
export function beginMap(before: DropTotals, map: number, counts: readonly LoxilbCount[]): DropTotals {
	const counted = counts.filter(({ packets, bytes }) => packets > 0 || bytes > 0);
	return {
		rules: new Map([
			[keyOf(map, LOOKED_AT), { packets: 0, bytes: 0 }],
			...counted.map(({ counter, packets, bytes }) => [keyOf(map, counter), { packets, bytes }] as const),
		]),
		totals: before.totals,
	};
}

/** `counts`: of all rules of a known map, each counter once. A name over `longest` bytes counts as others do that find no room. */
export function addCounts(
	before: DropTotals,
	map: number,
	counts: readonly LoxilbCount[],
	longest = Infinity,
): DropTotals {
	const rules = new Map(before.rules);
	const totals = new Map<string, NamedDrops>(before.totals);
	for (const { counter, name, packets, bytes } of counts) {
		const key = keyOf(map, counter);
		const since = rules.get(key) ?? { packets: 0, bytes: 0 };
		rules.set(key, { packets, bytes });
		if (name !== undefined) addToTotal(totals, { name, packets, bytes }, since, longest);
	}
	return { rules, totals };
}

/** As a map of the kernel keeps it: 16 bytes in hexadecimal. */
function keyOf(map: number, counter: number): string {
	return `${hex(map)}${hex(counter)}${"0".repeat(16)}`;
}

function hex(number: number): string {
	return number.toString(16).padStart(8, "0");
}

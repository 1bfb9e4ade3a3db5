/** LoxiLB's own counters of its rules, as the cross-check: 16 for each, one per endpoint, from the rule's number on. */
import type { MapDescription, MapRows } from "../../bpf/map.ts";
import { readWanted } from "../../bpf/read-ranges.ts";
import type { Traffic } from "../../model/traffic.ts";
import { createCounterShadow } from "./counter-shadow.ts";
import type { LoxilbLayouts } from "./layouts.ts";

const COUNTERS_PER_RULE = 16;

export interface RuleCounters {
	/**
	 * Adds what the counters of these rules have grown by to the sums of their slots. `isBaseline`: what they have counted
	 * before is not to be.
	 */
	read(map: MapDescription, slots: ReadonlyMap<number, number>, isBaseline: boolean): Promise<void>;
}

export function createRuleCounters(
	counters: number,
	layouts: LoxilbLayouts,
	sums: Map<number, Traffic>,
): RuleCounters {
	const shadow = createCounterShadow(counters, layouts.serviceCounter);

	function count(
		rows: MapRows,
		first: number,
		slots: ReadonlyMap<number, number>,
		isBaseline: boolean,
	): void {
		shadow.take(rows);
		for (let row = 0; row < rows.count; row++) {
			const counter = first + row;
			const slot = slots.get(Math.floor(counter / COUNTERS_PER_RULE));
			if (slot === undefined && !isBaseline) continue;
			shadow.advance(counter, row);
			if (isBaseline || slot === undefined) continue;
			const { packets, bytes } = shadow.grown;
			const sum = sums.get(slot) ?? { packets: 0, bytes: 0 };
			sums.set(slot, { packets: sum.packets + packets, bytes: sum.bytes + bytes });
		}
	}

	return {
		async read(map, slots, isBaseline) {
			const isWanted = (from: number, to: number) => {
				for (let i = from; i < to; i += COUNTERS_PER_RULE) if (slots.has(i / COUNTERS_PER_RULE)) return true;
				return isBaseline;
			};
			await readWanted(map, isWanted, (rows, first) => count(rows, first, slots, isBaseline));
		},
	};
}

/** What LoxiLB's counters of connections have grown by, to whom it goes. */
import type { MapRows } from "../../bpf/map.ts";
import type { Traffic } from "../../model/traffic.ts";
import { createCounterShadow } from "./counter-shadow.ts";
import type { Given } from "./created-flows.ts";
import type { GrownPairs } from "./grown-pairs.ts";
import type { LoxilbLayouts } from "./layouts.ts";
import { GROUP, type Legs } from "./legs.ts";
import { type Owners, UNCOUNTED, UNKNOWN, UNUSED } from "./owners.ts";

/** What whose address is not known is likely to have had. */
const IPV4_HEADER = 20;

export interface GrowthCount {
	/** Begins a poll. `isBaseline`: what they say is not to be counted. */
	begin(given: Given, isBaseline: boolean): void;
	/** Values of counters from number `first` on. */
	count(rows: MapRows, first: number): void;
	/** Nobody's that is known. */
	readonly unattributed: Traffic;
}

export interface GrowthCountParts {
	readonly counters: number;
	readonly layout: LoxilbLayouts["flowCounter"];
	readonly owners: Owners;
	readonly legs: Legs;
	readonly pairs: GrownPairs;
}

export function createGrowthCount({ counters, layout, owners, legs, pairs }: GrowthCountParts): GrowthCount {
	const shadow = createCounterShadow(counters, layout);
	/** Legs that have grown, of a group of counters. */
	const grownLegs = new Int32Array(GROUP);
	const grownBy = { packets: new Float64Array(GROUP), bytes: new Float64Array(GROUP) };
	const unattributed = { packets: 0, bytes: 0 };
	let given: Given = { count: 0, has: () => false };
	let isBaseline = true;

	function count(rows: MapRows, first: number): void {
		shadow.take(rows);
		for (let from = 0; from < rows.count; from += GROUP) {
			addToPairs(findGrowth(first + from, from, Math.min(GROUP, rows.count - from)));
		}
	}

	/** Of `length` counters from `first` on, whose values are rows from `row` on. Gives how many legs have grown. */
	function findGrowth(first: number, row: number, length: number): number {
		const { grown } = shadow;
		let found = 0;
		for (let i = 0; i < length; i++) {
			const leg = advance(first + i, row + i);
			if (leg < 0 || (grown.packets === 0 && grown.bytes === 0)) continue;
			grownLegs[found] = leg;
			grownBy.packets[found] = grown.packets;
			grownBy.bytes[found++] = grown.bytes;
		}
		return found;
	}

	/** Gives the leg whose the counter is, if it is one's. */
	function advance(counter: number, row: number): number {
		const receiver = isBaseline ? UNCOUNTED : owners.receiverOf(counter, legs);
		// One that is not in use now may be once it has been given: then, all that it says is news.
		if (receiver === UNUSED) return receiver;
		shadow.advance(counter, row);
		if (receiver === UNKNOWN) {
			const { packets, bytes } = shadow.grown;
			unattributed.packets += packets;
			unattributed.bytes += bytes + packets * IPV4_HEADER;
		} else if (receiver !== UNCOUNTED && given.has(counter)) legs.isEarly[receiver] = 0;
		return receiver;
	}

	/** Their bytes are without IP headers. */
	function addToPairs(found: number): void {
		for (let i = 0; i < found; i++) {
			const leg = grownLegs[i] as number;
			const packets = grownBy.packets[i] as number;
			const bytes = (grownBy.bytes[i] as number) + packets * (legs.header[leg] as number);
			pairs.add(legs.pair[leg] as number, packets, bytes);
		}
	}

	return {
		begin(givenSince, baseline) {
			[given, isBaseline] = [givenSince, baseline];
		},
		count,
		get unattributed() {
			return { ...unattributed };
		},
	};
}

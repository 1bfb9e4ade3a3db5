/**
 * How LoxiLB gives counters to flows: two at a time, for both directions, from a ring. What it has advanced since the last
 * poll says which counters may be another flow's since, and how many flows there were, balanced or not.
 */
import { indexKey, lookup, type MapDescription } from "../../bpf/map.ts";
import type { LoxilbLayouts } from "./layouts.ts";

const COUNTERS_PER_FLOW = 2;

/** Counters from `start` on, before `end`; `next`: the one that is given next. */
export interface Ring {
	readonly start: number;
	readonly end: number;
	readonly next: number;
}

/** @throws when it is none, as while LoxiLB starts */
export function readRing(map: MapDescription, counters: number, { created }: LoxilbLayouts): Ring {
	const value = lookup(map, indexKey(0)) ?? Buffer.alloc(created.size);
	const ring = {
		start: value.readUInt32LE(created.start),
		end: value.readUInt32LE(created.entries),
		next: value.readUInt32LE(created.counter),
	};
	if (ring.start <= ring.next && ring.next < ring.end && ring.end <= counters) return ring;
	throw new Error(
		`Cannot read map ct_ctr: it gives counter ${ring.next} of ${ring.start} to ${ring.end}, expected one of ${counters}`,
	);
}

/** Since LoxiLB began. */
export function ringAtStart(ring: Ring): Ring {
	return { ...ring, next: ring.start };
}

/** Counters that were given from `before` to `now`. */
export interface Given {
	readonly count: number;
	has(counter: number): boolean;
}

export function givenSince(before: Ring, now: Ring): Given {
	const size = now.end - now.start;
	const count = (now.next - before.next + size) % size;
	return {
		count,
		has(counter) {
			if (counter < now.start || counter >= now.end) return false;
			const ahead = counter - before.next;
			return (ahead < 0 ? ahead + size : ahead) < count;
		},
	};
}

/** So many flows took them. The ring may have gone round: then it was at least once more for those that were seen. */
export function flowsThatTook(given: Given, seen: number, { start, end }: Ring): number {
	const round = (end - start) / COUNTERS_PER_FLOW;
	const took = given.count / COUNTERS_PER_FLOW;
	return took + round * Math.max(0, Math.ceil((seen - took) / round));
}

/** A pair map in which all values change from poll to poll, and some rows come and go. */
import type { MapDescription } from "../src/bpf/map.ts";
import { readStructs } from "../src/bpf/object.ts";
import { makePairs, removePairs, writePairs } from "./pairs.ts";

const CHURN = 0.05;

export interface ChangingPairs {
	/** One of twenty rows gives way to a new one, and all count. */
	change(): void;
	/** All count. */
	count(): void;
}

/** Fills the map. */
export function fillPairs(map: MapDescription, pairs: number): ChangingPairs {
	const structs = readStructs();
	const step = Math.max(1, Math.floor(pairs * CHURN));
	let first = 0;
	let round = 0;
	const count = () => writePairs(map, makePairs(structs, first, pairs, ++round));
	count();
	return {
		count,
		change() {
			removePairs(map, makePairs(structs, first, step));
			first += step;
			count();
		},
	};
}

/**
 * Whose each counter is. LoxiLB gives counters to flows in turn, takes none back, and clears few: so what a counter has
 * grown by is a flow's only where no other can have had it since the last poll.
 */
import type { Given } from "./created-flows.ts";
import { type Legs, NO_ROW } from "./legs.ts";

/** Of nobody; of a flow that is not load-balanced; of several. Else: a row of the legs + 1. */
const NONE = 0;
const UNBALANCED = -1;
const SEVERAL = -2;

/** To whom what a counter has grown by goes, if not to a row of the legs: the counter is not in use; nobody that is known; nobody that is counted. */
export const UNUSED = -1;
export const UNKNOWN = -2;
export const UNCOUNTED = -3;

export interface Owners {
	/** Begins a poll. */
	begin(given: Given): void;
	/** Row `leg` has the counter in this poll; NO_ROW: a flow that is not load-balanced. */
	claim(counter: number, leg: number): void;
	/** The leg has another counter than at the last poll: it is another flow. */
	disown(counter: number): void;
	/** Whether one of these has to be read. */
	isWanted(from: number, to: number): boolean;
	/** A row of the legs, or one of the above. */
	receiverOf(counter: number, legs: Legs): number;
	/** Flows that are not load-balanced and were not there at the last poll; `early`: of these, whose counters are yet to be given. */
	newcomers(): { readonly all: number; readonly early: number };
	/** Ends a poll that has read all. */
	end(): void;
}

export function createOwners(counters: number): Owners {
	let now = new Int32Array(counters);
	let before = new Int32Array(counters);
	let unbalanced = { all: 0, early: 0 };
	let given: Given = { count: 0, has: () => false };

	function claim(counter: number, leg: number): void {
		if (counter >= counters) return;
		const owner = leg === NO_ROW ? UNBALANCED : leg + 1;
		const known = now[counter] as number;
		if (owner === UNBALANCED && known === NONE && before[counter] !== UNBALANCED) {
			unbalanced.all++;
			if (!given.has(counter)) unbalanced.early++;
		}
		if (known === NONE) now[counter] = owner;
		else if (known !== owner) now[counter] = SEVERAL;
	}

	function isWanted(from: number, to: number): boolean {
		for (let i = from; i < to; i++) {
			if (now[i] !== NONE || before[i] !== NONE || given.has(i)) return true;
		}
		return false;
	}

	function receiverOf(counter: number, legs: Legs): number {
		const owner = now[counter] as number;
		const former = before[counter] as number;
		if (owner === NONE && former === NONE) return given.has(counter) ? UNKNOWN : UNUSED;
		if (former === NONE) return receiverFor(owner);
		if (owner !== NONE && owner !== former) return UNKNOWN;
		return given.has(counter) && !isEarly(former, legs) ? UNKNOWN : receiverFor(former);
	}

	function isEarly(owner: number, legs: Legs): boolean {
		return owner > NONE && legs.isEarly[owner - 1] === 1;
	}

	function receiverFor(owner: number): number {
		if (owner === SEVERAL) return UNKNOWN;
		return owner === UNBALANCED ? UNCOUNTED : owner - 1;
	}

	return {
		begin(givenSince) {
			given = givenSince;
			now.fill(NONE);
			unbalanced = { all: 0, early: 0 };
		},
		claim,
		disown(counter) {
			if (counter < counters) before[counter] = SEVERAL;
		},
		isWanted,
		receiverOf,
		// Both of its rows are.
		newcomers: () => ({ all: Math.ceil(unbalanced.all / 2), early: Math.ceil(unbalanced.early / 2) }),
		end() {
			[now, before] = [before, now];
		},
	};
}

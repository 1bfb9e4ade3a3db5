/** What LoxiLB's tables tell in part only: none of it is in the numbers of a reading. */
import type { Traffic } from "./traffic.ts";

export interface LoxilbCounts {
	readonly services: readonly LoxilbServiceCounts[];
	/** Flows that came and went between two polls, balanced or not, at most: none of them was seen. */
	readonly missedFlows: number;
	/** Of counters that several flows had between two polls, or one that was never seen. */
	readonly unattributed: Traffic;
}

export interface LoxilbServiceCounts {
	/** Several may have the same. */
	readonly label: string;
	/** Flows that were in its table at a poll. */
	readonly seenFlows: number;
	/** As LoxiLB counts for its rule, in its own measure; undefined: no counter is its alone. */
	readonly ruleTraffic: Traffic | undefined;
}

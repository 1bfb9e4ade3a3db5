/** What says how it goes. */
import type { LeveledLog } from "../log.ts";
import type { Build } from "../model/snapshot.ts";
import type { SelfMetrics } from "../self/self-metrics.ts";
import type { WatchedDoor } from "../web/watch-door.ts";
import type { ProgramRunCounts } from "./program-runs.ts";
import type { Reads } from "./watch-reads.ts";

export interface Around {
	readonly build: Build;
	readonly self: SelfMetrics;
	readonly runs: ProgramRunCounts;
	readonly reads: Reads;
	readonly door: WatchedDoor;
	readonly log: LeveledLog;
}

/** Runs polls one after another, as the poller does. */
import type { DataPath, Snapshot } from "../../src/model/snapshot.ts";
import { NO_HISTORY, type Poll, takeSnapshot } from "../../src/model/take-snapshot.ts";

export function snapshotsOf(polls: readonly Poll[]): Snapshot[] {
	let history = NO_HISTORY;
	return polls.map((poll) => {
		const taken = takeSnapshot(history, poll);
		history = taken.history;
		return taken.snapshot;
	});
}

/** The data path of the last page. */
export function lastDataPath(polls: readonly Poll[]): DataPath {
	const dataPath = snapshotsOf(polls).at(-1)?.dataPath;
	if (dataPath === undefined) throw new Error("Cannot test the last page: it has no data path");
	return dataPath;
}

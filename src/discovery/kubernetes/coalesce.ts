/** Many wishes, few deeds. */
import { setImmediate as loopTurn, setTimeout as sleep } from "node:timers/promises";

/**
 * Gives what asks for a run of `task`. The first is almost at once; whatever is asked while it runs or in the pause
 * after it is one more, after the pause. So the last wish is never lost, and steady ones cannot put it off for ever.
 */
export function coalesce(task: () => Promise<void>, pauseMs: number, signal: AbortSignal): () => void {
	let isAsked = false;
	let isRunning = false;
	const run = async () => {
		isRunning = true;
		while (isAsked) {
			// What is already there in the same piece of a stream belongs to the same run.
			await loopTurn();
			if (signal.aborted) return;
			isAsked = false;
			await task();
			await sleep(pauseMs, undefined, { signal }).catch(() => {});
		}
		isRunning = false;
	};
	return () => {
		isAsked = true;
		if (!isRunning) void run();
	};
}

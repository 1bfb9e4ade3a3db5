import { setImmediate } from "node:timers/promises";

/** Runs long work to its end; at each `yield` of it others get their turn, so that it holds up no scrape. */
export async function runInSlices<T>(work: Generator<void, T>): Promise<T> {
	for (;;) {
		const step = work.next();
		if (step.done) return step.value;
		await setImmediate();
	}
}

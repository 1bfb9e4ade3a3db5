/** Work that can be done in one go, or with turns of the event loop between its steps. */
import { setImmediate } from "node:timers/promises";

export function atOnce<T>(work: Generator<void, T>): T {
	for (;;) {
		const step = work.next();
		if (step.done) return step.value;
	}
}

export async function inTurns<T>(work: Generator<void, T>): Promise<T> {
	for (;;) {
		const step = work.next();
		if (step.done) return step.value;
		await setImmediate();
	}
}

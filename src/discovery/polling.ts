/** A source that has to be asked again and again. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Discovered, Discovery } from "./discovery.ts";
import { isSameList } from "./same-list.ts";

export interface Polling {
	readonly name: string;
	/** Between the end of one read and the beginning of the next. */
	readonly intervalMs: number;
	/** The full list; undefined when the source itself says that nothing changed. The signal aborts when it is over. */
	readonly read: (stopped: AbortSignal) => Promise<readonly Discovered[] | undefined>;
}

export function pollingDiscovery({ name, intervalMs, read }: Polling): Discovery {
	const ended = new AbortController();
	const { signal } = ended;
	let running: Promise<void> | undefined;
	return {
		name,
		start(deliver, failed) {
			running ??= (async () => {
				let last: readonly Discovered[] | undefined;
				while (!signal.aborted) {
					const list = await readOrFail(read, signal, failed);
					if (list && !(last && isSameList(last, list)) && !signal.aborted) {
						last = list;
						deliver(list);
					}
					await sleep(intervalMs, undefined, { signal }).catch(() => {});
				}
			})();
		},
		async stop() {
			ended.abort();
			await running;
		},
	};
}

async function readOrFail(
	read: Polling["read"],
	signal: AbortSignal,
	failed: (reason: string) => void,
): Promise<readonly Discovered[] | undefined> {
	try {
		return await read(signal);
	} catch (error) {
		if (!signal.aborted) failed((error as Error).message);
		return undefined;
	}
}

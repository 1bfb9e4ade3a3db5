/** A source that has to be asked again and again. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Discovered, Discovery } from "./discovery.ts";
import { isSameList } from "./same-list.ts";

export interface Polling {
	readonly name: string;
	/** From the end of a read to the next. */
	readonly intervalMs: number;
	/** The pause lasts at least so many times as long as the read, for those that cost this machine work. */
	readonly restPerWork?: number;
	/**
	 * The full list; undefined when the source itself says that nothing changed. The signal aborts when it is over.
	 * `failed` is for what is missing in a list that is given nevertheless.
	 */
	readonly read: (
		stopped: AbortSignal,
		failed: (reason: string) => void,
	) => Promise<readonly Discovered[] | undefined>;
}

export function pollingDiscovery({ name, intervalMs, restPerWork = 0, read }: Polling): Discovery {
	const ended = new AbortController();
	const { signal } = ended;
	let running: Promise<void> | undefined;
	return {
		name,
		start(deliver, failed) {
			let hasFailed = false;
			const complain = (reason: string) => {
				hasFailed = true;
				if (!signal.aborted) failed(reason);
			};
			running ??= (async () => {
				let last: readonly Discovered[] | undefined;
				while (!signal.aborted) {
					const isBehind = hasFailed;
					hasFailed = false;
					const startMs = performance.now();
					const list = await read(signal, complain).catch((error: Error) => complain(error.message));
					const pauseMs = Math.max(intervalMs, restPerWork * (performance.now() - startMs));
					const isNews = list && !(last && isSameList(last, list));
					last = list ?? last;
					// After a failure the same list says that it is up to date again.
					if (last && !signal.aborted && (isNews || (isBehind && !hasFailed))) deliver(last);
					await sleep(pauseMs, undefined, { signal }).catch(() => {});
				}
			})();
		},
		async stop() {
			ended.abort();
			await running;
		},
	};
}

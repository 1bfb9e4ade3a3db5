import { createTrouble, type Log } from "../log.ts";
import { READ_SOURCES, type ReadSource, type SelfMetrics } from "../self/self-metrics.ts";

/** For each source what to call after a read, with why it failed, if it did. */
export type Reads = Readonly<Record<ReadSource, (failure: string | undefined) => void>>;

/** Counted each time, logged when it changes. */
export function watchReads(self: SelfMetrics, log: Log): Reads {
	const watch = (source: ReadSource) => {
		const trouble = createTrouble(log, `cannot read ${source}`);
		return (failure: string | undefined) => {
			if (failure === undefined) return trouble.over();
			self.readFailed(source);
			trouble.because(failure);
		};
	};
	return Object.fromEntries(READ_SOURCES.map((source) => [source, watch(source)])) as Reads;
}

/** The samples that rates and shares are differences of. No clock: times are those of the readings. */

export interface ServiceSample {
	readonly requests: number;
	readonly errors: number;
	readonly bytes: number;
	readonly packets: number;
}

/** The counters of one page, by label. */
export interface Sample {
	/** Monotonic clock. */
	readonly atMs: number;
	readonly services: ReadonlyMap<string, ServiceSample>;
	/** Bytes by label and endpoint. */
	readonly endpoints: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

/** Oldest first. */
export type Window = readonly Sample[];

export const SHARE_WINDOW_MS = 120_000;
export const RPS_WINDOW_MS = 60_000;

/**
 * Keeps one sample beyond the longest window: where a window begins. Times always grow, so no rate divides by zero: of
 * two readings of the same moment the later one stays.
 */
export function appendSample(window: Window, sample: Sample): Window {
	const earlier = window.filter(({ atMs }) => atMs < sample.atMs);
	const first = earlier.findLastIndex(({ atMs }) => atMs <= sample.atMs - SHARE_WINDOW_MS);
	return [...earlier.slice(Math.max(0, first)), sample];
}

/**
 * Position of the sample from which `spanMs` are counted: the one nearest to that age, so that polls which come a few
 * milliseconds late do not make the span a whole poll longer. Undefined while there is only the newest.
 */
export function beginOfSpan(window: Window, spanMs: number): number | undefined {
	const newest = window.at(-1);
	if (newest === undefined || window.length < 2) return undefined;
	const offBy = (sample: Sample) => Math.abs(newest.atMs - sample.atMs - spanMs);
	let best = 0;
	for (const [position, sample] of window.slice(0, -1).entries()) {
		if (offBy(sample) < offBy(window[best] as Sample)) best = position;
	}
	return best;
}

/** What a counter grew by. One that was not there counts from 0, and so does one that began anew. */
export function increase(before: number | undefined, now: number): number {
	return before === undefined || now < before ? now : now - before;
}

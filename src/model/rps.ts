/** Flows per second of one service over the last 60 s. */
import { beginOfSpan, increase, RPS_WINDOW_MS, type Sample, type Window } from "./window.ts";

export interface ServiceRps {
	readonly mean: number;
	/** The highest of the single poll intervals. */
	readonly peak: number;
}

/** By label; empty before the second poll. */
export function rpsLastMinute(window: Window): Map<string, ServiceRps> {
	const begin = beginOfSpan(window, RPS_WINDOW_MS);
	const span = begin === undefined ? [] : window.slice(begin);
	const oldest = span[0];
	const newest = span.at(-1);
	if (oldest === undefined || newest === undefined) return new Map();
	return new Map(
		[...newest.services.keys()].map((label) => [
			label,
			{ mean: requestRate(label, oldest, newest), peak: peakRate(label, span) },
		]),
	);
}

function peakRate(label: string, span: readonly Sample[]): number {
	const rates = span.slice(1).map((sample, i) => requestRate(label, span[i] as Sample, sample));
	return Math.max(...rates);
}

function requestRate(label: string, from: Sample, to: Sample): number {
	const requests = increase(from.services.get(label)?.requests, to.services.get(label)?.requests ?? 0);
	return (requests * 1000) / (to.atMs - from.atMs);
}

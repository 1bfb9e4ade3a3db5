/** Shares (0..1) of the bytes of the last two minutes. */
import { beginOfSpan, increase, SHARE_WINDOW_MS, type Window } from "./window.ts";

export interface Shares {
	/** By label: the share of all load-balanced bytes. */
	readonly services: ReadonlyMap<string, number>;
	/** By label and endpoint: the share of the service's bytes. */
	readonly endpoints: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

const NO_SHARES: Shares = { services: new Map(), endpoints: new Map() };

export function sharesLastTwoMinutes(window: Window): Shares {
	const begin = beginOfSpan(window, SHARE_WINDOW_MS);
	const newest = window.at(-1);
	const oldest = begin === undefined ? undefined : window[begin];
	if (oldest === undefined || newest === undefined) return NO_SHARES;
	const services = sharesOf(newest.services, (label, { bytes }) =>
		increase(oldest.services.get(label)?.bytes, bytes),
	);
	const endpoints = new Map(
		[...newest.endpoints].map(([label, row]) => {
			const before = oldest.endpoints.get(label);
			return [label, sharesOf(row, (dip, bytes) => increase(before?.get(dip), bytes))];
		}),
	);
	return { services, endpoints };
}

/** Empty when nothing grew: without traffic there is nothing to have a share of. */
function sharesOf<T>(
	rows: ReadonlyMap<string, T>,
	grownBy: (key: string, row: T) => number,
): Map<string, number> {
	const parts = [...rows].map(([key, row]) => [key, grownBy(key, row)] as const);
	const whole = parts.reduce((sum, [, part]) => sum + part, 0);
	return new Map(whole === 0 ? [] : parts.map(([key, part]) => [key, part / whole]));
}

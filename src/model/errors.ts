/** Errors of a service: by reason and origin, and all. */
import type { ErrorCount } from "./reading.ts";

/** One row per reason and origin, in a fixed order; only what occurred. */
export function sumErrors(errors: readonly ErrorCount[]): ErrorCount[] {
	const sums = new Map<string, ErrorCount>();
	for (const error of errors) {
		const key = `${error.reason} ${error.origin}`;
		const count = (sums.get(key)?.count ?? 0) + error.count;
		if (count > 0) sums.set(key, { reason: error.reason, origin: error.origin, count });
	}
	return [...sums.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum);
}

export function countErrors(errors: readonly ErrorCount[]): number {
	return errors.reduce((sum, error) => sum + error.count, 0);
}

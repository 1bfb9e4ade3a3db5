/** Service totals with equal names merged: one row per label and protocol. */
import type { ErrorCount, ServiceTotals } from "./reading.ts";
import type { Protocol } from "./service.ts";

/** Identity of a row: one label may stand for services of several protocols. */
export function serviceKey(service: { readonly label: string; readonly protocol: Protocol }): string {
	return `${service.protocol} ${service.label}`;
}

export function tallyServices(totals: readonly ServiceTotals[]): Map<string, ServiceTotals> {
	const tally = new Map<string, ServiceTotals>();
	for (const row of totals) addTotals(tally, row);
	return tally;
}

export function addTotals(tally: Map<string, ServiceTotals>, row: ServiceTotals): void {
	const key = serviceKey(row);
	const known = tally.get(key);
	tally.set(key, known ? sumTotals(known, row) : row);
}

function sumTotals(one: ServiceTotals, other: ServiceTotals): ServiceTotals {
	return {
		label: one.label,
		protocol: one.protocol,
		requests: one.requests + other.requests,
		bytes: one.bytes + other.bytes,
		packets: one.packets + other.packets,
		errors: sumErrors([...one.errors, ...other.errors]),
	};
}

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

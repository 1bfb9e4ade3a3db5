/** Traffic by service label and a second label value (a client or an endpoint). */
import type { Traffic } from "./traffic.ts";

export type TrafficTable = Map<string, Map<string, Traffic>>;
export type ReadonlyTrafficTable = ReadonlyMap<string, ReadonlyMap<string, Traffic>>;

export const NO_TRAFFIC: Traffic = { bytes: 0, packets: 0 };

export function sumTraffic(one: Traffic, other: Traffic): Traffic {
	return { bytes: one.bytes + other.bytes, packets: one.packets + other.packets };
}

export function addTraffic(table: TrafficTable, label: string, value: string, traffic: Traffic): void {
	const row = table.get(label) ?? new Map<string, Traffic>();
	row.set(value, sumTraffic(row.get(value) ?? NO_TRAFFIC, traffic));
	table.set(label, row);
}

export function copyTable(table: ReadonlyTrafficTable): TrafficTable {
	return new Map([...table].map(([label, row]) => [label, new Map(row)]));
}

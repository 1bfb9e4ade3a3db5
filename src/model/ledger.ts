/**
 * What left the readings, so that no counter of the page goes down: the source may drop a pair, forget a service or
 * count one anew from 0; the last count seen is then kept here.
 */
import type { Counted } from "./counted.ts";
import { departedPairs, type PairCount } from "./pair-tally.ts";
import type { ServiceTotals } from "./reading.ts";
import { addTotals, countErrors } from "./service-tally.ts";
import type { Traffic } from "./snapshot.ts";
import { addTraffic, copyTable, type ReadonlyTrafficTable, type TrafficTable } from "./traffic-table.ts";

export interface Ledger {
	readonly last: Counted | undefined;
	/** By service key: requests and errors of services that left, bytes and packets of pairs that left. */
	readonly departed: ReadonlyMap<string, ServiceTotals>;
	/** What departed pairs had counted for clients and endpoints that are still on the page. */
	readonly clients: ReadonlyTrafficTable;
	readonly endpoints: ReadonlyTrafficTable;
	/** By label and level ("pair", "client", "endpoint"): what series that left the page had counted. */
	readonly retired: ReadonlyTrafficTable;
}

export const EMPTY_LEDGER: Ledger = {
	last: undefined,
	departed: new Map(),
	clients: new Map(),
	endpoints: new Map(),
	retired: new Map(),
};

/** Says whether a client or an endpoint of a service has a series on the page. */
export type OnPage = (label: string, address: string) => boolean;

export function settle(ledger: Ledger, now: Counted, isConfigured: OnPage): Ledger {
	const departed = new Map(ledger.departed);
	const clients = copyTable(ledger.clients);
	const endpoints = copyTable(ledger.endpoints);
	const retired = copyTable(ledger.retired);
	for (const row of departedServices(ledger.last, now)) addTotals(departed, row);
	for (const pair of ledger.last ? departedPairs(ledger.last.tally, now.tally) : []) {
		const service = ledger.last?.totals.get(pair.serviceKey) as ServiceTotals;
		addTotals(departed, totalsOf(service, pair));
		addTraffic(clients, service.label, pair.sip, pair);
		addTraffic(endpoints, service.label, pair.dip, pair);
		addTraffic(retired, service.label, "pair", pair);
	}
	const hasEndpoint: OnPage = (label, dip) => now.endpoints.has(label, dip) || isConfigured(label, dip);
	takeUnlisted(clients, now.clients.has, (label, traffic) => addTraffic(retired, label, "client", traffic));
	takeUnlisted(endpoints, hasEndpoint, (label, traffic) => addTraffic(retired, label, "endpoint", traffic));
	return { last: now, departed, clients, endpoints, retired };
}

function totalsOf({ label, protocol }: ServiceTotals, { bytes, packets }: PairCount): ServiceTotals {
	return { label, protocol, requests: 0, bytes, packets, errors: [] };
}

/** Services that the reading no longer has or counts anew; their traffic stays with their pairs. */
function departedServices(before: Counted | undefined, now: Counted): ServiceTotals[] {
	return [...(before?.totals ?? [])]
		.filter(([key, row]) => beganAnew(row, now.totals.get(key)))
		.map(([, row]) => ({ ...row, bytes: 0, packets: 0 }));
}

/** Requests and errors together, so that errors never exceed requests. */
function beganAnew(before: ServiceTotals, now: ServiceTotals | undefined): boolean {
	if (now === undefined || now.requests < before.requests) return true;
	return countErrors(now.errors) < countErrors(before.errors);
}

function takeUnlisted(
	table: TrafficTable,
	isOnPage: OnPage,
	take: (label: string, traffic: Traffic) => void,
): void {
	for (const [label, row] of table) {
		for (const [address, traffic] of row) {
			if (isOnPage(label, address)) continue;
			take(label, traffic);
			row.delete(address);
		}
		if (row.size === 0) table.delete(label);
	}
}

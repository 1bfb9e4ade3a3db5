/** Every counter of a page: what the reading counts, what left it, and zeros for what is configured. */
import type { Counted } from "./counted.ts";
import type { Ledger } from "./ledger.ts";
import type { ServiceTotals } from "./reading.ts";
import { PROTOCOLS, type Protocol, type Service } from "./service.ts";
import { countErrors, sumErrors } from "./service-tally.ts";
import type { ClientRow, EndpointRow, RetiredTraffic, ServiceRow, Traffic } from "./snapshot.ts";
import { addTraffic, copyTable, NO_TRAFFIC, sumTraffic } from "./traffic-table.ts";

/** A service row without what needs a second poll. */
export type ServiceCounts = Omit<ServiceRow, "share" | "rps1mAvg" | "rps1mPeak">;
export type EndpointCounts = Omit<EndpointRow, "share">;

export function serviceCounts(configured: readonly Service[], now: Counted, ledger: Ledger): ServiceCounts[] {
	const labels = new Map<string, ServiceCounts>();
	for (const { label } of configured) addCounts(labels, zeroCounts(label, ledger));
	for (const [key, totals] of now.totals) {
		const traffic = now.traffic.get(key) ?? NO_TRAFFIC;
		const accounted = traffic.bytes + (ledger.departed.get(key)?.bytes ?? 0);
		const unattributedBytes = Math.max(0, totals.bytes - accounted);
		addCounts(labels, {
			...zeroCounts(totals.label, ledger),
			...eventsOf(totals),
			...traffic,
			unattributedBytes,
		});
	}
	for (const gone of ledger.departed.values()) {
		const traffic: Traffic = { bytes: gone.bytes, packets: gone.packets };
		addCounts(labels, { ...zeroCounts(gone.label, ledger), ...eventsOf(gone), ...traffic });
	}
	return sorted([...labels.values()], ({ service }) => service);
}

function zeroCounts(service: string, ledger: Ledger): ServiceCounts {
	const retired = retiredTraffic(service, ledger);
	return { service, ...NO_TRAFFIC, requests: 0, errors: 0, errorsBy: [], unattributedBytes: 0, retired };
}

function retiredTraffic(label: string, { retired }: Ledger): RetiredTraffic {
	const levels = retired.get(label);
	return {
		pair: levels?.get("pair") ?? NO_TRAFFIC,
		client: levels?.get("client") ?? NO_TRAFFIC,
		endpoint: levels?.get("endpoint") ?? NO_TRAFFIC,
	};
}

function eventsOf({
	requests,
	errors,
}: ServiceTotals): Pick<ServiceCounts, "requests" | "errors" | "errorsBy"> {
	return { requests, errors: countErrors(errors), errorsBy: sumErrors(errors) };
}

function addCounts(labels: Map<string, ServiceCounts>, more: ServiceCounts): void {
	const known = labels.get(more.service);
	if (known === undefined) {
		labels.set(more.service, more);
		return;
	}
	labels.set(more.service, {
		...known,
		...sumTraffic(known, more),
		requests: known.requests + more.requests,
		errors: known.errors + more.errors,
		errorsBy: sumErrors([...known.errorsBy, ...more.errorsBy]),
		unattributedBytes: known.unattributedBytes + more.unattributedBytes,
	});
}

export function processedTraffic(now: Counted, ledger: Ledger): Record<Protocol, Traffic> {
	const processed = Object.fromEntries(PROTOCOLS.map((protocol) => [protocol, NO_TRAFFIC]));
	const add = (protocol: Protocol, traffic: Traffic) => {
		processed[protocol] = sumTraffic(processed[protocol] ?? NO_TRAFFIC, traffic);
	};
	for (const [key, { protocol }] of now.totals) add(protocol, now.traffic.get(key) ?? NO_TRAFFIC);
	for (const gone of ledger.departed.values()) add(gone.protocol, gone);
	return processed as Record<Protocol, Traffic>;
}

export function endpointCounts(
	configured: readonly Service[],
	now: Counted,
	ledger: Ledger,
): EndpointCounts[] {
	const table = copyTable(ledger.endpoints);
	now.endpoints.forEach((label, dip, bytes, packets) => {
		addTraffic(table, label, dip, { bytes, packets });
	});
	for (const { label, endpoints } of configured) {
		for (const { address } of endpoints) addTraffic(table, label, address, NO_TRAFFIC);
	}
	return sorted([...table], ([service]) => service).flatMap(([service, row]) =>
		sorted([...row], ([dip]) => dip).map(([dip, { bytes }]) => ({ service, dip, bytes })),
	);
}

/** In the order of the reading: there may be too many to sort at each poll. */
export function clientCounts(now: Counted, ledger: Ledger): ClientRow[] {
	const rows: ClientRow[] = [];
	now.clients.forEach((service, sip, _bytes, packets) => {
		const kept = ledger.clients.get(service)?.get(sip)?.packets ?? 0;
		rows.push({ service, sip, packets: packets + kept });
	});
	return rows;
}

function sorted<T>(rows: T[], textOf: (row: T) => string): T[] {
	return rows.sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
}

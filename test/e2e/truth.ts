/** What others counted while a test made its traffic, beside what the page counted. */
import { type ConntrackRow, serviceRows } from "../../scripts/lab/conntrack.ts";
import { watchConntrack } from "../../scripts/lab/conntrack-watch.ts";
import { interfaceCounters } from "../../scripts/lab/counters.ts";
import type { Lab } from "../../scripts/lab/lab.ts";
import type { Exporter } from "./exporter.ts";
import { expectIdentities } from "./identities.ts";
import type { Labels, Page } from "./page.ts";

export interface Traffic {
	readonly packets: number;
	readonly bytes: number;
}

export interface Observed<Result> {
	readonly result: Result;
	readonly page: Page;
	/** By how much the series with these labels have grown together. */
	grown(name: string, labels?: Labels): number;
	/** Flows of the lab's services, by conntrack. */
	readonly flows: readonly ConntrackRow[];
	/** Both directions of all client-facing interfaces, from the IP header on. */
	readonly wire: Traffic;
}

const ETHERNET_BYTES = 14;

/** The lab has to be quiet before, and `traffic` over when it returns. */
export async function observe<Result>(
	lab: Lab,
	exporter: Exporter,
	traffic: () => Promise<Result>,
): Promise<Observed<Result>> {
	const watch = await watchConntrack(lab);
	const before = await exporter.nextPage();
	const wireBefore = await clientWire(lab);
	const result = await traffic();
	const wireAfter = await clientWire(lab);
	const flows = serviceRows(lab, await watch.finish());
	const page = await exporter.nextPage();
	expectIdentities(page, before);
	return {
		result,
		page,
		grown: (name, labels) => page.sum(name, labels) - before.sum(name, labels),
		flows,
		wire: {
			packets: wireAfter.packets - wireBefore.packets,
			bytes: wireAfter.bytes - wireBefore.bytes,
		},
	};
}

export async function clientWire(lab: Lab): Promise<Traffic> {
	const ports = lab.interfaces.filter(({ side }) => side === "client");
	const counters = await Promise.all(ports.map(({ name }) => interfaceCounters(lab.balancer.netns, name)));
	const sum = (number: (each: (typeof counters)[number]) => number) =>
		counters.reduce((total, each) => total + number(each), 0);
	const packets = sum(({ rxPackets, txPackets }) => rxPackets + txPackets);
	return { packets, bytes: sum(({ rxBytes, txBytes }) => rxBytes + txBytes) - packets * ETHERNET_BYTES };
}

/** Sums of rows with equal keys. */
export function sumTraffic<Row>(
	rows: readonly Row[],
	keyOf: (row: Row) => string,
	trafficOf: (row: Row) => Traffic,
): Record<string, Traffic> {
	const sums: Record<string, Traffic> = {};
	for (const row of rows) {
		const { packets, bytes } = trafficOf(row);
		const sum = sums[keyOf(row)] ?? { packets: 0, bytes: 0 };
		sums[keyOf(row)] = { packets: sum.packets + packets, bytes: sum.bytes + bytes };
	}
	return sums;
}

/** Both directions together. */
export function conntrackSums(
	flows: readonly ConntrackRow[],
	keyOf: (flow: ConntrackRow) => string,
): Record<string, Traffic> {
	return sumTraffic(flows, keyOf, ({ original, reply }) => ({
		packets: original.packets + reply.packets,
		bytes: original.bytes + reply.bytes,
	}));
}

/** Label of the service that a flow goes to. */
export function serviceOf(lab: Lab, { original, protocol }: ConntrackRow): string {
	const found = lab.services.find(
		(service) =>
			service.vip === original.destination &&
			service.port === original.destinationPort &&
			service.protocol === protocol,
	);
	return found?.label ?? "none";
}

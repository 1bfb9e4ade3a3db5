/** One poll and what is remembered of the ones before -> everything the next page says. */
import type { EndpointHealth } from "./health.ts";
import { capacityUnits } from "./lcu.ts";
import {
	type EndpointCounts,
	endpointCounts,
	processedTraffic,
	type ServiceCounts,
	serviceCounts,
} from "./page-counts.ts";
import { lastInterval } from "./rates.ts";
import type { FlowCounts, Reading } from "./reading.ts";
import { rpsLastMinute } from "./rps.ts";
import type { Service } from "./service.ts";
import { sharesLastTwoMinutes } from "./shares.ts";
import type { Build, DataPath, EndpointRow, ServiceRow, Snapshot } from "./snapshot.ts";
import type { SystemUse } from "./system-use.ts";
import { appendSample, type Sample, type Window } from "./window.ts";
import { withoutEvents } from "./without-events.ts";

/** What one poll brought together. */
export interface Poll {
	/** Undefined when the data path could not be read. */
	readonly reading: Reading | undefined;
	/** Those that are counted. */
	readonly services: readonly Service[];
	/** How many more there are, for which there was no room. */
	readonly uncountedServices: number;
	readonly health: readonly EndpointHealth[] | undefined;
	readonly system: SystemUse;
	readonly build: Build;
}

/** What one poll leaves for the next. */
export interface History {
	readonly window: Window;
}

export const NO_HISTORY: History = { window: [] };

export interface Taken {
	readonly snapshot: Snapshot;
	readonly history: History;
}

/** Without a reading the history stays as it is: the next interval is simply longer. */
export function takeSnapshot(history: History, poll: Poll): Taken {
	const { reading, ...rest } = poll;
	if (reading === undefined) return { snapshot: { ...rest, dataPath: undefined }, history };
	const services = serviceCounts(poll.services, reading);
	const endpoints = endpointCounts(poll.services, reading);
	const window = appendSample(history.window, sampleOf(reading.readAtMs, services, endpoints));
	const dataPath: DataPath = {
		...asRead(reading),
		processed: processedTraffic(reading),
		requests: sum(services, ({ requests }) => requests),
		errors: sum(services, ({ errors }) => errors),
		services: serviceRows(services, window),
		endpoints: endpointRows(endpoints, window),
		...overInterval(window, reading.flows, poll.services.length + poll.uncountedServices),
	};
	const told = reading.loxilb ? withoutEvents(dataPath) : dataPath;
	return { snapshot: { ...rest, dataPath: told }, history: { window } };
}

/** What the page says as the source saw it. */
function asRead(reading: Reading) {
	const { flows, firewall, firewallRules, netfilter, maps } = reading;
	const { overflowPackets, evictedPairs, ignoredPackets, interfaces, loxilb } = reading;
	const left = { overflowPackets, evictedPairs, ignoredPackets };
	return {
		flows,
		firewall,
		firewallRules,
		netfilter,
		maps,
		...left,
		interfaces,
		...(loxilb && { loxilb }),
	};
}

function sampleOf(
	atMs: number,
	services: readonly ServiceCounts[],
	endpoints: readonly EndpointCounts[],
): Sample {
	const bytes = new Map<string, Map<string, number>>();
	for (const row of endpoints) {
		const known = bytes.get(row.service) ?? new Map<string, number>();
		bytes.set(row.service, known.set(row.dip, row.bytes));
	}
	return { atMs, services: new Map(services.map((row) => [row.service, row])), endpoints: bytes };
}

function serviceRows(services: readonly ServiceCounts[], window: Window): ServiceRow[] {
	const shares = sharesLastTwoMinutes(window).services;
	const rps = rpsLastMinute(window);
	return services.map((row) => {
		const { mean, peak } = rps.get(row.service) ?? { mean: undefined, peak: undefined };
		return { ...row, share: shares.get(row.service), rps1mAvg: mean, rps1mPeak: peak };
	});
}

function endpointRows(endpoints: readonly EndpointCounts[], window: Window): EndpointRow[] {
	const shares = sharesLastTwoMinutes(window).endpoints;
	return endpoints.map((row) => ({ ...row, share: shares.get(row.service)?.get(row.dip) }));
}

function overInterval(window: Window, { active }: FlowCounts, rules: number) {
	const last = lastInterval(window);
	if (last === undefined) return { newFlows: undefined, rates: undefined, lcus: undefined };
	const { newFlows, rates } = last;
	const activeFlows = active.tcp + active.udp + active.sctp;
	return { newFlows, rates, lcus: capacityUnits({ activeFlows, rules, bytesPerSecond: rates.bytes }) };
}

function sum<T>(rows: readonly T[], countOf: (row: T) => number): number {
	return rows.reduce((total, row) => total + countOf(row), 0);
}

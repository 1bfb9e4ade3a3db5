/** The exporter's own metrics, by prom-client on its own registry: few series, so its cost does not matter. */
import { collectDefaultMetrics, Registry } from "prom-client";
import type { PollStage } from "../model/poll-stages.ts";
import { REFUSALS, type Refusal } from "../model/refusals.ts";
import { type ConfigMetrics, createConfigMetrics } from "./config-metrics.ts";
import { createDiscoveryMetrics, type DiscoveryMetrics } from "./discovery-metrics.ts";
import {
	healthFamilies,
	type ProgramRuns,
	pollFamilies,
	programFamilies,
	scrapeFamilies,
} from "./self-families.ts";
import { webFamilies } from "./web-families.ts";

export interface SelfMetrics {
	readonly config: ConfigMetrics;
	/** From now on. */
	pollsEvery(intervalMs: number): void;
	/** Each poll that ended, well or not; `atMs` is wall-clock time. */
	pollEnded(poll: { readonly durationMs: number; readonly failed: boolean; readonly atMs: number }): void;
	/** What a poll did and how long it took for it. */
	stageEnded(stage: PollStage, durationMs: number): void;
	/** What was not read, or could not be tried, and so is not on the page. */
	readFailed(source: ReadSource): void;
	/** Probes of endpoints that could not begin in their interval. */
	probesMissed(probes: number): void;
	/** Of one source of services. */
	discovery(source: string): DiscoveryMetrics;
	pageMade(bytes: number): void;
	/** A scrape that was answered, with as many bytes as were sent, from its request to the last of them. */
	scraped(scrape: { readonly durationMs: number; readonly bytes: number }): void;
	/** A request or a connection that was turned away. */
	refused(reason: Refusal): void;
	/** The files that say who may ask, each time that they were read. */
	webConfigRead(read: { readonly failed: boolean; readonly atMs: number }): void;
	/** Whole families: to append to the page, or to serve alone. */
	text(): Promise<string>;
	/** Those that are lbscope's own; the others are prom-client's. */
	families(): Promise<SelfFamily[]>;
}

export interface SelfFamily {
	readonly name: string;
	readonly type: string;
	readonly help: string;
	readonly labels: readonly string[];
}

export interface SelfMetricsOptions {
	readonly pollIntervalMs: number;
	/** Read at each text(). Undefined, or giving it: the kernel does not time its programs. */
	readonly programs?: () => readonly ProgramRuns[] | undefined;
}

/** What a page has beside the data path, whose failed reads are failed polls. */
export const READ_SOURCES = ["cpu", "memory", "disk", "health", "host_firewall", "loxilb_firewall"] as const;
export type ReadSource = (typeof READ_SOURCES)[number];

/**
 * prom-client times the event loop by a timer that wakes this process again and again, by default 100 times a second. What
 * it tells is the time from one wake-up to the next, so that with few of them nothing is seen of the lag: there are none.
 */
const NEVER_MS = 2 ** 31 - 1;
const OF_THAT_TIMER = ["min", "max", "mean", "stddev", "p50", "p90", "p99"].map(
	(which) => `nodejs_eventloop_lag_${which}_seconds`,
);

/** Gauges whose names end in _total, which is for counters; the same numbers are there by type of resource. */
const MISNAMED = [
	"nodejs_active_handles_total",
	"nodejs_active_requests_total",
	"nodejs_active_resources_total",
];

export function createSelfMetrics({ pollIntervalMs, programs }: SelfMetricsOptions): SelfMetrics {
	const registry = new Registry();
	collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: NEVER_MS });
	for (const name of [...MISNAMED, ...OF_THAT_TIMER]) registry.removeSingleMetric(name);
	const polls = pollFamilies(registry);
	const scrapes = scrapeFamilies(registry);
	const web = webFamilies(registry);
	const runs = programFamilies(registry);
	const config = createConfigMetrics(registry);
	const probes = healthFamilies(registry);
	const discovery = createDiscoveryMetrics(registry);
	const pollsEvery = (intervalMs: number) => polls.interval.set(intervalMs / 1000);
	pollsEvery(pollIntervalMs);
	// A counter that is not there before its first error shows no increase at it.
	for (const source of READ_SOURCES) polls.readErrors.inc({ source }, 0);
	for (const reason of REFUSALS) web.refused.inc({ reason }, 0);
	return {
		config,
		pollsEvery,
		pollEnded({ durationMs, failed, atMs }) {
			polls.polls.inc();
			polls.duration.observe(durationMs / 1000);
			if (failed) polls.errors.inc();
			else polls.lastSuccess.set(atMs / 1000);
		},
		stageEnded: (stage, durationMs) => polls.stageDuration.observe({ stage }, durationMs / 1000),
		readFailed: (source) => polls.readErrors.inc({ source }),
		probesMissed: (missed) => probes.missed.inc(missed),
		discovery: discovery.of,
		pageMade: (bytes) => scrapes.pageBytes.set(bytes),
		scraped({ durationMs, bytes }) {
			scrapes.duration.observe(durationMs / 1000);
			scrapes.bytes.inc(bytes);
		},
		refused: (reason) => web.refused.inc({ reason }),
		webConfigRead({ failed, atMs }) {
			web.readSuccessful.set(failed ? 0 : 1);
			if (!failed) web.readSuccess.set(atMs / 1000);
		},
		async families() {
			const all = await registry.getMetricsAsJSON();
			return all
				.filter(({ name }) => name.startsWith("lbscope_"))
				.map(({ name, type, help }) => ({
					name,
					type: String(type),
					help,
					labels: labelsOf(registry, name),
				}));
		},
		async text() {
			runs.set(programs?.() ?? []);
			discovery.refresh(Date.now());
			return registry.metrics();
		},
	};
}

/** prom-client knows them, but its types do not say so. */
function labelsOf(registry: Registry, name: string): readonly string[] {
	return (registry.getSingleMetric(name) as unknown as { labelNames: readonly string[] }).labelNames;
}

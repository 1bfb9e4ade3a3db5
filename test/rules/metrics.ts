/** What rules and queries may name: the families of the page, lbscope's own metrics, what Prometheus adds. */
import { CATALOGUE } from "../../src/metrics/catalogue.ts";
import { ERROR_ORIGINS, ERROR_REASONS } from "../../src/model/reading.ts";
import { createSelfMetrics } from "../../src/self-metrics.ts";

export interface Metric {
	readonly type: "counter" | "gauge";
	readonly labels: readonly string[];
}

export type Metrics = ReadonlyMap<string, Metric>;

/** Labels that Prometheus gives to every series of a target. */
export const TARGET_LABELS = ["job", "instance"];

/** Gauges by the contract that hold a total which never falls, so that rate() is right. */
export const MONOTONIC_GAUGES = new Set(["total_fw_drops", "total_fw_drops_per_rule"]);

/** All that a label can be, where that is a closed list: a misspelt value matches nothing, for ever. */
const LABEL_VALUES: Readonly<Record<string, readonly string[]>> = {
	"lbscope_map_entries map": ["flows", "pairs", "services"],
	"lbscope_map_capacity_entries map": ["flows", "pairs", "services"],
	"lbscope_overflow_packets_total map": ["flows", "pairs"],
	"lbscope_ignored_packets_total reason": ["malformed", "fragment_without_first"],
	"lbscope_flow_errors_total reason": ERROR_REASONS,
	"lbscope_flow_errors_total origin": ERROR_ORIGINS,
	"lbscope_retired_bytes_total level": ["pair", "client", "endpoint"],
	"lbscope_retired_packets_total level": ["pair", "client", "endpoint"],
};

/** Undefined: any value. */
export function valuesOf(metric: string, label: string): readonly string[] | undefined {
	return LABEL_VALUES[`${metric} ${label}`];
}

export async function knownMetrics(): Promise<Map<string, Metric>> {
	const families = CATALOGUE.map(({ name, type, labels }) => [name, { type, labels }] as const);
	const own = selfMetrics(await createSelfMetrics().text());
	const gauge: Metric = { type: "gauge", labels: [] };
	return new Map([...families, ...own, ["up", gauge], ["scrape_samples_scraped", gauge]]);
}

function selfMetrics(page: string): [string, Metric][] {
	const types = page.matchAll(/^# TYPE (\S+) (counter|gauge|histogram)$/gm);
	return [...types].flatMap(([, name = "", type]) =>
		type === "histogram" ? seriesOfHistogram(name) : [[name, { type: type as Metric["type"], labels: [] }]],
	);
}

function seriesOfHistogram(name: string): [string, Metric][] {
	const counter: Metric = { type: "counter", labels: [] };
	return [
		[`${name}_bucket`, { type: "counter", labels: ["le"] }],
		[`${name}_sum`, counter],
		[`${name}_count`, counter],
	];
}

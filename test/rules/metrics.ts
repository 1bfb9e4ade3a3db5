/** What rules and queries may name: the families of the page, lbscope's own metrics, what Prometheus adds. */
import { CATALOGUE } from "../../src/metrics/catalogue.ts";
import { POLL_STAGES } from "../../src/model/poll-stages.ts";
import { ERROR_ORIGINS, ERROR_REASONS, LEAVE_REASONS } from "../../src/model/reading.ts";
import { createSelfMetrics, READ_SOURCES } from "../../src/self/self-metrics.ts";

export interface Metric {
	readonly type: "counter" | "gauge";
	readonly labels: readonly string[];
	/** A recording rule makes it: of the labels of targets it has those that stand in `labels`. */
	readonly isRecorded?: true;
}

export type Metrics = ReadonlyMap<string, Metric>;

/** Labels that Prometheus gives to every series of a target. */
export const TARGET_LABELS = ["job", "instance"];

/** Those that rules may group and select by where users give them to their targets. */
export const OPTIONAL_TARGET_LABELS = ["cluster"];

/** Gauges by the contract that hold a total which never falls, so that rate() is right. */
export const MONOTONIC_GAUGES = new Set(["total_fw_drops", "total_fw_drops_per_rule"]);

/** Those that can fill up. */
const MAPS = [
	"flows",
	"embryos",
	"unplaced",
	"fragments",
	"pairs",
	"others",
	"ledger",
	"handshakes",
	"macs",
	"slots",
	"firewall_names",
];

/** All that a label can be, where that is a closed list: a misspelt value matches nothing, for ever. */
const LABEL_VALUES: Readonly<Record<string, readonly string[]>> = {
	"lbscope_map_entries map": MAPS,
	"lbscope_map_capacity_entries map": MAPS,
	"lbscope_overflow_packets_total map": ["flows", "pairs", "others"],
	"lbscope_map_evictions_total map": ["pairs"],
	"lbscope_map_evictions_total reason": LEAVE_REASONS,
	"lbscope_poll_stage_duration_seconds_bucket stage": POLL_STAGES,
	"lbscope_poll_stage_duration_seconds_sum stage": POLL_STAGES,
	"lbscope_poll_stage_duration_seconds_count stage": POLL_STAGES,
	"lbscope_read_errors_total source": READ_SOURCES,
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
	const own = selfMetrics(await sampleOfSelfMetrics());
	const gauge: Metric = { type: "gauge", labels: [] };
	return new Map([...families, ...own, ["up", gauge], ["scrape_samples_scraped", gauge]]);
}

/** With a series of each family, to read the labels off. */
function sampleOfSelfMetrics(): Promise<string> {
	const programs = () => [{ program: "walk", runs: 1, runTimeNs: 1 }];
	const self = createSelfMetrics({ pollIntervalMs: 1, programs });
	for (const stage of POLL_STAGES) self.stageEnded(stage, 1);
	self.discovery("kubernetes").delivered(1);
	return self.text();
}

function selfMetrics(page: string): [string, Metric][] {
	const types = page.matchAll(/^# TYPE (\S+) (counter|gauge|histogram)$/gm);
	return [...types].flatMap(([, name = "", type]) => {
		if (type === "histogram") return seriesOfHistogram(page, name);
		return [[name, { type: type as Metric["type"], labels: labelsOf(page, name) }]];
	});
}

function seriesOfHistogram(page: string, name: string): [string, Metric][] {
	const series = ["bucket", "sum", "count"].map((suffix) => `${name}_${suffix}`);
	return series.map((each) => [each, { type: "counter", labels: labelsOf(page, each) }]);
}

function labelsOf(page: string, name: string): string[] {
	const [, labels = ""] = new RegExp(`^${name}\\{(.*)\\} `, "m").exec(page) ?? [];
	return [...labels.matchAll(/(\w+)="/g)].map(([, label = ""]) => label);
}

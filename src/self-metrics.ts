/** The exporter's own metrics, by prom-client on its own registry: few series, so its cost does not matter. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

export interface SelfMetrics {
	/** Each poll that ended, well or not; `atMs` is wall-clock time. */
	pollEnded(poll: { readonly durationMs: number; readonly failed: boolean; readonly atMs: number }): void;
	/** What was not read, or could not be tried, and so is not on the page. */
	readFailed(source: ReadSource): void;
	pageMade(bytes: number): void;
	/** Text to append to the page. */
	text(): Promise<string>;
}

/** What a page has beside the data path, whose failed reads are failed polls. */
export const READ_SOURCES = ["cpu", "memory", "disk", "health"] as const;
export type ReadSource = (typeof READ_SOURCES)[number];

/** Gauges whose names end in _total, which is for counters; the same numbers are there by type of resource. */
const MISNAMED = [
	"nodejs_active_handles_total",
	"nodejs_active_requests_total",
	"nodejs_active_resources_total",
];

export function createSelfMetrics(): SelfMetrics {
	const registry = new Registry();
	collectDefaultMetrics({ register: registry });
	for (const name of MISNAMED) registry.removeSingleMetric(name);
	const metrics = pollMetrics(registry);
	// A counter that is not there before its first error shows no increase at it.
	for (const source of READ_SOURCES) metrics.readErrors.inc({ source }, 0);
	return {
		pollEnded({ durationMs, failed, atMs }) {
			metrics.polls.inc();
			metrics.duration.observe(durationMs / 1000);
			if (failed) metrics.errors.inc();
			else metrics.lastSuccess.set(atMs / 1000);
		},
		readFailed: (source) => metrics.readErrors.inc({ source }),
		pageMade: (bytes) => metrics.pageBytes.set(bytes),
		text: async () => withoutUnmeasured(await registry.metrics()),
	};
}

function pollMetrics(registry: Registry) {
	const registers = [registry];
	return {
		duration: new Histogram({
			name: "lbscope_poll_duration_seconds",
			help: "Time from the begin of a poll to its page.",
			buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
			registers,
		}),
		polls: new Counter({ name: "lbscope_polls_total", help: "Polls, failed ones included.", registers }),
		errors: new Counter({ name: "lbscope_poll_errors_total", help: "Polls that failed.", registers }),
		readErrors: new Counter({
			name: "lbscope_read_errors_total",
			help: "Reads that failed, by what was to be read; what they give is absent from the page. health: probes that could not be made.",
			labelNames: ["source"],
			registers,
		}),
		lastSuccess: absentUntilSet(
			new Gauge({
				name: "lbscope_last_successful_poll_timestamp_seconds",
				help: "Unix time of the last poll that succeeded.",
				registers,
			}),
		),
		pageBytes: absentUntilSet(
			new Gauge({
				name: "lbscope_page_bytes",
				help: "Size of the last page before this one, without compression.",
				registers,
			}),
		),
	};
}

/** prom-client gives NaN for what it has no sample of, as the lag of an event loop that was not late yet. */
function withoutUnmeasured(text: string): string {
	return text.replace(/^.* nan\n/gim, "");
}

/** prom-client begins a gauge without labels at 0, which would say 1970 and an empty page. */
function absentUntilSet(gauge: Gauge): Gauge {
	gauge.remove();
	return gauge;
}

/** The exporter's own families as prom-client has them. */
import { Counter, Gauge, Histogram, type Registry } from "prom-client";

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function pollFamilies(registry: Registry) {
	const registers = [registry];
	return {
		interval: new Gauge({
			name: "lbscope_poll_interval_seconds",
			help: "Time from the begin of one poll to that of the next, as configured.",
			registers,
		}),
		duration: new Histogram({
			name: "lbscope_poll_duration_seconds",
			help: "Time from the begin of a poll to its page.",
			buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
			registers,
		}),
		stageDuration: new Histogram({
			name: "lbscope_poll_stage_duration_seconds",
			help: "Time that a poll took for each stage. read: the maps, with the walk through the flows. snapshot: sums and rates. render: the text of the page. govern: which pairs keep series of their own.",
			labelNames: ["stage"],
			buckets: SECONDS,
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
	};
}

export function configFamilies(registry: Registry) {
	const registers = [registry];
	return {
		successful: absentUntilSet(
			new Gauge({
				name: "lbscope_config_last_reload_successful",
				help: "1 when the configuration that was last read is applied; 0 when it was refused, and the one before runs on.",
				registers,
			}),
		),
		lastSuccess: absentUntilSet(
			new Gauge({
				name: "lbscope_config_last_reload_success_timestamp_seconds",
				help: "Unix time at which a configuration was last applied, that of the start included.",
				registers,
			}),
		),
	};
}

export function discoveryFamilies(registry: Registry) {
	const options = { labelNames: ["source"], registers: [registry] };
	return {
		services: new Gauge({
			name: "lbscope_discovery_services",
			help: "Services in the last list of the source, before sources are merged.",
			...options,
		}),
		lastSuccess: new Gauge({
			name: "lbscope_discovery_last_success_timestamp_seconds",
			help: "Unix time at which the list of the source was last known to be up to date: now, unless it cannot be asked. Absent before its first list.",
			...options,
		}),
		errors: new Counter({
			name: "lbscope_discovery_errors_total",
			help: "Attempts to ask the source that failed; what it said before stays valid.",
			...options,
		}),
	};
}

export function healthFamilies(registry: Registry) {
	return {
		missed: new Counter({
			name: "lbscope_missed_probes_total",
			help: "Probes of endpoints that could not begin in their interval, because those before them took all of health.concurrency, or the exporter was not given the CPU.",
			registers: [registry],
		}),
	};
}

export function scrapeFamilies(registry: Registry) {
	const registers = [registry];
	return {
		pageBytes: absentUntilSet(
			new Gauge({
				name: "lbscope_page_bytes",
				help: "Size of the last page before this one, without compression.",
				registers,
			}),
		),
		duration: new Histogram({
			name: "lbscope_scrape_duration_seconds",
			help: "Time from the request for a page to the last byte of the answer.",
			buckets: SECONDS,
			registers,
		}),
		bytes: new Counter({
			name: "lbscope_scrape_bytes_total",
			help: "Bytes of pages that were sent, compressed where the scraper asked for that.",
			registers,
		}),
	};
}

/** Since the program was loaded. */
export interface ProgramRuns {
	readonly program: string;
	readonly runs: number;
	readonly runTimeNs: number;
}

export function programFamilies(registry: Registry) {
	const options = { labelNames: ["program"], registers: [registry] };
	const note =
		"Absent while the kernel does not time programs (self.program_stats, kernel.bpf_stats_enabled). From 0 again at each start of lbscope.";
	const seconds = new Counter({
		name: "lbscope_bpf_program_run_seconds_total",
		help: `Time that a BPF program of lbscope ran, on all CPUs. ${note}`,
		...options,
	});
	const runs = new Counter({
		name: "lbscope_bpf_program_runs_total",
		help: `Runs of a BPF program of lbscope. ${note}`,
		...options,
	});
	return { set: (programs: readonly ProgramRuns[]) => setTotals(programs, seconds, runs) };
}

/** A counter of prom-client only adds: from nothing, that is setting it. */
function setTotals(programs: readonly ProgramRuns[], seconds: Counter, runs: Counter): void {
	seconds.reset();
	runs.reset();
	for (const each of programs) {
		seconds.inc({ program: each.program }, each.runTimeNs / 1e9);
		runs.inc({ program: each.program }, each.runs);
	}
}

/** prom-client begins a gauge without labels at 0, which would say 1970 and an empty page. */
function absentUntilSet(gauge: Gauge): Gauge {
	gauge.remove();
	return gauge;
}

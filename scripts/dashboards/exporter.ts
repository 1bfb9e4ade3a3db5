import { buildBoard } from "./board.ts";
import { CONFIGURATION, DISCOVERY } from "./exporter-input.ts";
import { stat, states, table, timeSeries } from "./panels.ts";
import { NODE } from "./variables.ts";

const RATE = "[$__rate_interval]";

function quantile(part: number, histogram: string): string {
	return `histogram_quantile(${part}, sum by (instance, le) (rate(${histogram}_bucket{${NODE}}${RATE})))`;
}

const state = {
	title: "State",
	panels: [
		stat({
			title: "Oldest numbers",
			says: "Time since the last successful poll of any node.",
			expr: `max(time() - lbscope_last_successful_poll_timestamp_seconds{${NODE}})`,
			unit: "s",
			width: 6,
			alerts: ["LbscopePollStale"],
		}),
		stat({
			title: "Failed polls",
			says: "Part of the polls of the last hour.",
			expr: `sum(increase(lbscope_poll_errors_total{${NODE}}[1h])) / (sum(increase(lbscope_polls_total{${NODE}}[1h])) > 0)`,
			unit: "percentunit",
			width: 6,
			alerts: ["LbscopePollFailing"],
		}),
		stat({
			title: "Interfaces not counted",
			says: "Named in the configuration, and without the programs.",
			expr: `count(lbscope_interface_attached{${NODE}}) - sum(lbscope_interface_attached{${NODE}})`,
			unit: "short",
			width: 6,
			alerts: ["LbscopeProgramDetached"],
		}),
		stat({
			title: "Series",
			says: "Of the pages of all chosen nodes.",
			expr: `sum(scrape_samples_scraped{${NODE}})`,
			unit: "short",
			width: 6,
		}),
		states({
			title: "Scraped",
			says: "Whether Prometheus reached the exporter.",
			expr: `up{${NODE}}`,
			legend: "{{instance}}",
			good: "up",
			bad: "down",
			unit: "short",
			width: 12,
			height: 6,
			alerts: ["LbscopeDown", "LbscopeAbsent"],
		}),
		states({
			title: "Interfaces",
			says: "Whether the programs are attached.",
			expr: `lbscope_interface_attached{${NODE}}`,
			legend: "{{interface}} of {{instance}}",
			good: "attached",
			bad: "detached",
			unit: "short",
			width: 12,
			height: 6,
			alerts: ["LbscopeProgramDetached"],
		}),
		table({
			title: "Versions",
			says: "Which versions run, and on how many nodes.",
			columns: [
				{
					name: "Nodes",
					expr: `count by (version, node_version, libbpf_version, kernel) (lbscope_build_info{${NODE}})`,
					unit: "short",
				},
			],
			unit: "short",
			width: 24,
			height: 5,
		}),
	],
};

const polls = {
	title: "Polls",
	panels: [
		timeSeries({
			title: "Duration",
			says: "From the begin of a poll to its page: the median and the 99th percentile.",
			curves: [0.5, 0.99].map((part) => ({
				expr: quantile(part, "lbscope_poll_duration_seconds"),
				legend: `${part * 100} %, {{instance}}`,
			})),
			unit: "s",
			width: 8,
			alerts: ["LbscopePollSlow"],
		}),
		timeSeries({
			title: "By stage",
			says: "Mean seconds of a poll. read: the maps. snapshot: sums and rates. render: the page. govern: which pairs keep series.",
			curves: [
				{
					expr: `sum by (stage) (rate(lbscope_poll_stage_duration_seconds_sum{${NODE}}${RATE})) / (sum by (stage) (rate(lbscope_poll_stage_duration_seconds_count{${NODE}}${RATE})) > 0)`,
					legend: "{{stage}}",
				},
			],
			unit: "s",
			stacked: true,
			width: 8,
		}),
		timeSeries({
			title: "Part of the interval",
			says: "That a poll takes. From 1 on, polls are late.",
			curves: [
				{
					expr: `rate(lbscope_poll_duration_seconds_sum{${NODE}}${RATE}) / (rate(lbscope_poll_duration_seconds_count{${NODE}}${RATE}) > 0) / lbscope_poll_interval_seconds{${NODE}}`,
					legend: "{{instance}}",
				},
			],
			unit: "percentunit",
			width: 8,
			alerts: ["LbscopePollSlow"],
		}),
		timeSeries({
			title: "Failures",
			says: "Per second: polls that failed, and reads of one thing that failed while the poll went on.",
			curves: [
				{ expr: `rate(lbscope_poll_errors_total{${NODE}}${RATE})`, legend: "polls, {{instance}}" },
				{ expr: `rate(lbscope_read_errors_total{${NODE}}${RATE})`, legend: "{{source}}, {{instance}}" },
			],
			unit: "short",
			width: 24,
			height: 6,
			alerts: ["LbscopePollFailing"],
		}),
	],
};

const cost = {
	title: "What it costs",
	panels: [
		timeSeries({
			title: "CPU of the exporter",
			says: "CPUs that the process keeps busy; the BPF programs are not in it.",
			curves: [{ expr: `rate(process_cpu_seconds_total{${NODE}}${RATE})`, legend: "{{instance}}" }],
			unit: "short",
			width: 8,
		}),
		timeSeries({
			title: "CPU of the BPF programs",
			says: "CPUs that they keep busy. Only while self.program_stats is on.",
			curves: [
				{
					expr: `sum by (instance, program) (rate(lbscope_bpf_program_run_seconds_total{${NODE}}${RATE}))`,
					legend: "{{program}} on {{instance}}",
				},
			],
			unit: "short",
			stacked: true,
			width: 8,
		}),
		timeSeries({
			title: "Time of one run",
			says: "Of each BPF program: what a packet costs. Only while self.program_stats is on.",
			curves: [
				{
					expr: `sum by (program) (rate(lbscope_bpf_program_run_seconds_total{${NODE}}${RATE})) / (sum by (program) (rate(lbscope_bpf_program_runs_total{${NODE}}${RATE})) > 0)`,
					legend: "{{program}}",
				},
			],
			unit: "s",
			width: 8,
		}),
		timeSeries({
			title: "Memory",
			says: "Resident set of the process. The maps are the kernel's and not in it.",
			curves: [{ expr: `process_resident_memory_bytes{${NODE}}`, legend: "{{instance}}" }],
			unit: "decbytes",
			width: 8,
		}),
		timeSeries({
			title: "Lag of the event loop",
			says: "At the last page: how long what was due had to wait until it was made.",
			curves: [{ expr: `nodejs_eventloop_lag_seconds{${NODE}}`, legend: "{{instance}}" }],
			unit: "s",
			width: 8,
		}),
		timeSeries({
			title: "Page",
			says: "Its size without compression.",
			curves: [{ expr: `lbscope_page_bytes{${NODE}}`, legend: "{{instance}}" }],
			unit: "decbytes",
			width: 8,
		}),
		timeSeries({
			title: "Scrapes: duration",
			says: "From the request to the last byte of the answer, 99th percentile.",
			curves: [{ expr: quantile(0.99, "lbscope_scrape_duration_seconds"), legend: "{{instance}}" }],
			unit: "s",
			width: 12,
		}),
		timeSeries({
			title: "Scrapes: bytes sent",
			says: "Per second, compressed where the scraper asks for that.",
			curves: [{ expr: `rate(lbscope_scrape_bytes_total{${NODE}}${RATE})`, legend: "{{instance}}" }],
			unit: "Bps",
			width: 12,
		}),
	],
};

export const EXPORTER = buildBoard({
	name: "exporter",
	title: "The exporter",
	says: "Whether lbscope itself works, and what it costs.",
	scope: "node",
	sections: [state, CONFIGURATION, polls, DISCOVERY, cost],
});

/** The node, capacity, and lbscope itself. */
import type { Answers } from "./answers.ts";
import { between, maybe, nothing, one } from "./expectation.ts";
import type { LabData } from "./lab-data.ts";

const INTERFACES = 5;
const TABLES = 10;

export function exporterAnswers({ page, truth: { active } }: LabData): Answers {
	const room = page.value("lbscope_map_capacity_entries", { map: "flows" });
	const flows = active.tcp + active.udp + active.sctp;
	const lcus = flows / 2_160_000 + 22 / 1000;
	return {
		"Percentage of the CPUs that is free.": between(0, 100, 1),
		"How fast CPU use rises, in percent points per hour.": between(-1e6, 1e6, 1),
		"Nodes with more than 85 % of their memory in use.": nothing("system_memory_utilization"),
		"Nodes whose root filesystem will be full within a day, by the last six hours.": maybe(
			"predict_linear(system_disk_utilization[6h], 24 * 3600)",
			100,
			1e6,
		),
		"Room left in the flow table, in flows.": between(room - 1000, room - flows, 1),
		"How full each table is, 0 to 1.": between(0, 1, TABLES),
		"Hours until the flow table is full, where it grows.": between(0.1, 100, 1),
		"Nodes whose flow table will be full in four hours.": maybe(
			'predict_linear(lbscope_map_entries{map="flows"}[1h], 4 * 3600)',
			room,
			1e9,
		),
		"Nodes with more than 80 % of their CPUs busy.": maybe("system_cpu_utilization", 80, 100),
		"Nodes with more than 90 % of their root filesystem in use.": maybe("system_disk_utilization", 90, 100),
		"Mean CPU use of the last day, for a report.": between(0, 100, 1),
		"Bytes of the last day, for a report.": one(page.value("processed_bytes_total")),
		"Nodes that consume more than 100 capacity units.": nothing("consumed_lcus"),
		"Capacity units now. They are no AWS LCU.": one(lcus, 1e-6),
		"How fast they grow, per hour.": between(0, 1, 1),
		"Mean of the last day, for billing.": between(22 / 1000, lcus * 1.01, 1),
		"Age of the numbers, in seconds.": between(0, 10, 1),
		"How long a poll takes, 99th percentile of the last hour.": between(0.001, 10, 1),
		"Seconds per poll, by what they were spent on.": between(0, 5, 4),
		"Part of its interval that a poll takes, 0 to 1.": between(0.001, 2, 1),
		"How long a scrape takes, 99th percentile of the last hour.": between(0.0001, 10, 1),
		"Seconds per run of each BPF program, while `self.program_stats` is on.": between(1e-8, 0.1),
		"CPUs that the BPF programs keep busy, while `self.program_stats` is on.": between(1e-6, 2, 1),
		'Packets per second that found no room in a table and count as "other".': between(0, 0, 3),
		"Interfaces that are not counted.": nothing(`count(lbscope_interface_attached == 1) == ${INTERFACES}`),
		"Nodes that do not run with the configuration that they last read.": nothing(
			"lbscope_config_last_reload_successful == 1",
		),
		"Probes of endpoints per second that could not begin in their interval.": between(0, 1000, 1),
		'Series that each node has in Prometheus. `count by (__name__) ({__name__=~".+"})` would read every series there is.':
			between(500, 2000, 1),
		"Which version runs where.": one(1, 0),
	};
}

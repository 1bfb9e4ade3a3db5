import { buildBoard } from "./board.ts";
import { stat, timeSeries } from "./panels.ts";
import { CLUSTER, NODE } from "./variables.ts";

const RATE = "[$__rate_interval]";

const units = {
	title: "Load balancer capacity units",
	panels: [
		stat({
			title: "Consumed now",
			says: "Of the chosen nodes. The formula is that of the LoxiLB Enterprise documentation; it is no AWS LCU.",
			expr: `sum(consumed_lcus{${NODE}})`,
			unit: "short",
			width: 6,
		}),
		stat({
			title: "Mean of the last day",
			says: "Of what Prometheus has of it.",
			expr: `sum(avg_over_time(consumed_lcus{${NODE}}[1d]))`,
			unit: "short",
			width: 6,
		}),
		stat({
			title: "Services",
			says: "Address, port and protocol, each as often as there are nodes that know it.",
			expr: `sum(lb_rule_count{${NODE}})`,
			unit: "short",
			width: 6,
		}),
		stat({
			title: "Services not counted",
			says: "For want of room: raise limits.services.",
			expr: `sum(lbscope_uncounted_services{${NODE}})`,
			unit: "short",
			width: 6,
			alerts: ["ServiceSlotsNearlyFull"],
		}),
		timeSeries({
			title: "Consumed units by node",
			says: "The sum of the three terms beside it.",
			curves: [{ expr: `consumed_lcus{${NODE}}`, legend: "{{instance}}" }],
			unit: "short",
			width: 8,
		}),
		timeSeries({
			title: "What they are made of",
			says: "All chosen nodes: active flows by 2,160,000, services by 1,000, Gbit/s by 3,600.",
			curves: [
				{ expr: `sum(active_conntrack_count{${NODE}}) / 2160000`, legend: "flows" },
				{ expr: `sum(lb_rule_count{${NODE}}) / 1000`, legend: "services" },
				{ expr: `sum(rps_bps{${NODE}}) * 8 / 1e9 / 3600`, legend: "bytes" },
			],
			unit: "short",
			stacked: true,
			width: 8,
		}),
		timeSeries({
			title: "Units of a cluster",
			says: "The same formula over all nodes, each service once. Needs recording-rules/cluster.yaml.",
			curves: [{ expr: `cluster:consumed_lcus:rate5m{${CLUSTER}}`, legend: "{{cluster}} {{job}}" }],
			unit: "short",
			width: 8,
		}),
	],
};

const flows = {
	title: "Flows",
	panels: [
		timeSeries({
			title: "Active flows by protocol",
			says: "TCP: handshake complete, neither reset nor closed. UDP: a packet within the idle timeout. SCTP: association up.",
			curves: ["tcp", "udp", "sctp"].map((protocol) => ({
				expr: `sum(active_flow_count_${protocol}{${NODE}})`,
				legend: protocol.toUpperCase(),
			})),
			unit: "short",
			stacked: true,
			width: 8,
			alerts: ["HighConnectionCount"],
		}),
		timeSeries({
			title: "Flows that are not active",
			says: "Half-open, closing, or closed and not yet removed.",
			curves: [{ expr: `inactive_flow_count{${NODE}}`, legend: "{{instance}}" }],
			unit: "short",
			width: 8,
		}),
		timeSeries({
			title: "New flows",
			says: "Per second, over the last poll.",
			curves: [{ expr: `rps_requests{${NODE}}`, legend: "{{instance}}" }],
			unit: "reqps",
			width: 8,
		}),
	],
};

const tables = {
	title: "Tables of lbscope",
	panels: [
		timeSeries({
			title: "How full",
			says: '0 to 1. Full tables cost detail (sip or dip "other"), never a byte.',
			curves: [
				{
					expr: `lbscope_map_entries{${NODE}} / lbscope_map_capacity_entries{${NODE}}`,
					legend: "{{map}} on {{instance}}",
				},
			],
			unit: "percentunit",
			max: 1,
			width: 12,
			alerts: [
				"FlowTableNearlyFull",
				"PairTableNearlyFull",
				"ServiceSlotsNearlyFull",
				"UnfinishedConnectionsFull",
			],
		}),
		timeSeries({
			title: "Flow table in four hours",
			mayBeNegative: true,
			says: "As it is, as it will be if it goes on as in the last hour, and the room there is.",
			curves: [
				{ expr: `lbscope_map_entries{${NODE}, map="flows"}`, legend: "now, {{instance}}" },
				{
					expr: `predict_linear(lbscope_map_entries{${NODE}, map="flows"}[1h], 4 * 3600)`,
					legend: "in 4 h, {{instance}}",
				},
				{ expr: `lbscope_map_capacity_entries{${NODE}, map="flows"}`, legend: "room, {{instance}}" },
			],
			unit: "short",
			width: 12,
			alerts: ["FlowTableExhaustionPredicted"],
		}),
		timeSeries({
			title: "Rows that left",
			says: "Pairs per second that were idle, or small while others found no room.",
			curves: [
				{
					expr: `rate(lbscope_map_evictions_total{${NODE}}${RATE})`,
					legend: "{{map}}: {{reason}}, {{instance}}",
				},
			],
			unit: "short",
			width: 12,
		}),
		timeSeries({
			title: "Packets without room",
			says: 'Packets per second that count under "other", because their flow or pair found no room.',
			curves: [
				{ expr: `rate(lbscope_overflow_packets_total{${NODE}}${RATE})`, legend: "{{map}} on {{instance}}" },
			],
			unit: "pps",
			width: 12,
			alerts: ["TrafficCountedAsOther"],
		}),
	],
};

const nodes = {
	title: "Nodes",
	panels: ["cpu", "memory", "disk"].map((what) =>
		timeSeries({
			title: what === "cpu" ? "CPU" : `${what[0]?.toUpperCase()}${what.slice(1)}`,
			says: what === "disk" ? "Percent of the root filesystem in use." : "Percent in use.",
			curves: [{ expr: `system_${what}_utilization{${NODE}}`, legend: "{{instance}}" }],
			unit: "percent",
			max: 100,
			width: 8,
			alerts: [{ cpu: "HighCPUUsage", memory: "HighMemoryUsage" }[what] ?? "HighDiskUsage"],
		}),
	),
};

export const CAPACITY = buildBoard({
	name: "capacity",
	title: "LCU and capacity",
	says: "Capacity units, and the room that nodes and tables have left.",
	scope: "node",
	sections: [units, flows, tables, nodes],
});

import { buildBoard } from "./board.ts";
import { stat, states, timeSeries } from "./panels.ts";
import { CLUSTER, NODE, SERVICE } from "./variables.ts";

const RATE = "[$__rate_interval]";

const golden = {
	title: "Golden signals",
	panels: [
		stat({
			title: "Nodes scraped",
			says: "Nodes whose lbscope answers Prometheus.",
			expr: `sum(up{${NODE}})`,
			unit: "short",
			width: 4,
			alerts: ["LbscopeDown", "LbscopeAbsent"],
		}),
		stat({
			title: "Requests",
			says: "Flows created per second.",
			expr: `sum(rate(total_requests{${NODE}}${RATE}))`,
			unit: "reqps",
			width: 4,
		}),
		stat({
			title: "Errors",
			says: "Part of the requests that ended badly: refused, reset, timed out, aborted. No requests: no value.",
			expr: `sum(rate(total_errors{${NODE}}${RATE})) / (sum(rate(total_requests{${NODE}}${RATE})) > 0)`,
			unit: "percentunit",
			width: 4,
			alerts: ["HighErrorRate"],
		}),
		stat({
			title: "Traffic",
			says: "Load-balanced bytes per second, both directions, from the IP header onward.",
			expr: `sum(rate(processed_bytes_total{${NODE}}${RATE}))`,
			unit: "Bps",
			width: 4,
		}),
		stat({
			title: "Active flows",
			says: "Flows that are established now.",
			expr: `sum(active_conntrack_count{${NODE}})`,
			unit: "short",
			width: 4,
			alerts: ["HighConnectionCount"],
		}),
		stat({
			title: "Fullest table",
			says: 'How full the fullest table of any node is. A full one costs detail (sip or dip "other"), never a byte.',
			expr: `max(lbscope_map_entries{${NODE}} / lbscope_map_capacity_entries{${NODE}})`,
			unit: "percentunit",
			width: 4,
			alerts: ["FlowTableNearlyFull", "PairTableNearlyFull"],
		}),
		timeSeries({
			title: "Requests by service",
			says: "Flows created per second, all chosen nodes together; the ten busiest services at each moment.",
			curves: [
				{
					expr: `topk(10, sum by (service) (rate(total_requests_per_service{${SERVICE}}${RATE})))`,
					legend: "{{service}}",
				},
			],
			unit: "reqps",
			width: 12,
		}),
		timeSeries({
			title: "Errors by service",
			says: "Part of the requests of each service that ended badly. Services without requests have no value.",
			curves: [
				{
					expr: `sum by (service) (rate(total_errors_per_service{${SERVICE}}${RATE})) / (sum by (service) (rate(total_requests_per_service{${SERVICE}}${RATE})) > 0)`,
					legend: "{{service}}",
				},
			],
			unit: "percentunit",
			max: 1,
			width: 12,
			alerts: ["HighErrorRate", "EndpointRefuses", "SynFlood"],
		}),
		timeSeries({
			title: "Traffic by service",
			says: "Bytes per second, both directions; the ten services with most at each moment.",
			curves: [
				{
					expr: `topk(10, sum by (service) (rate(service_traffic_bytes{${SERVICE}}${RATE})))`,
					legend: "{{service}}",
				},
			],
			unit: "Bps",
			width: 12,
		}),
		timeSeries({
			title: "Packets by protocol",
			says: "Packets per second on the wire, both directions; offloaded ones count as their segments.",
			curves: ["tcp", "udp", "sctp"].map((protocol) => ({
				expr: `sum(rate(processed_${protocol}_packets{${NODE}}${RATE}))`,
				legend: protocol.toUpperCase(),
			})),
			unit: "pps",
			stacked: true,
			width: 12,
		}),
	],
};

const health = {
	title: "Health",
	panels: [
		timeSeries({
			title: "Endpoints",
			says: "By the last verdict of each node; endpoints without one yet are in neither count.",
			curves: [
				{ expr: `healthy_endpoints_count{${NODE}}`, legend: "healthy, {{instance}}" },
				{ expr: `unhealthy_endpoints_count{${NODE}}`, legend: "unhealthy, {{instance}}" },
			],
			unit: "short",
			width: 12,
			alerts: ["UnhealthyEndpoints"],
		}),
		states({
			title: "Services with a healthy endpoint",
			says: "Red: no endpoint of the service that has a verdict is healthy.",
			expr: `max by (instance, service) (lbscope_endpoint_healthy{${SERVICE}})`,
			legend: "{{service}}, {{instance}}",
			good: "some healthy",
			bad: "none healthy",
			unit: "short",
			width: 12,
			alerts: ["AllEndpointsDown"],
		}),
	],
};

const capacity = {
	title: "Capacity",
	panels: [
		timeSeries({
			title: "Nodes: CPU",
			says: "Percent of all CPUs that is busy; waiting for I/O is idle.",
			curves: [{ expr: `system_cpu_utilization{${NODE}}`, legend: "{{instance}}" }],
			unit: "percent",
			max: 100,
			width: 8,
			alerts: ["HighCPUUsage"],
		}),
		timeSeries({
			title: "Nodes: memory",
			says: "Percent of memory that is not available.",
			curves: [{ expr: `system_memory_utilization{${NODE}}`, legend: "{{instance}}" }],
			unit: "percent",
			max: 100,
			width: 8,
			alerts: ["HighMemoryUsage"],
		}),
		timeSeries({
			title: "Nodes: flow table",
			says: "How full the flow table of lbscope is.",
			curves: [
				{
					expr: `lbscope_map_entries{${NODE}, map="flows"} / lbscope_map_capacity_entries{${NODE}, map="flows"}`,
					legend: "{{instance}}",
				},
			],
			unit: "percentunit",
			max: 1,
			width: 8,
			alerts: ["FlowTableNearlyFull", "FlowTableExhaustionPredicted"],
		}),
	],
};

/** All from recording rules: whatever number of nodes there is, these are a few series. */
const clusters = {
	title: "Clusters (recording-rules/cluster.yaml)",
	panels: [
		timeSeries({
			title: "Requests",
			says: "Flows created per second on all nodes of a cluster, over 5 minutes.",
			curves: [{ expr: `cluster:total_requests:rate5m{${CLUSTER}}`, legend: "{{cluster}} {{job}}" }],
			unit: "reqps",
			width: 8,
		}),
		timeSeries({
			title: "Traffic",
			says: "Bytes per second of all nodes of a cluster, over 5 minutes.",
			curves: [{ expr: `cluster:processed_bytes:rate5m{${CLUSTER}}`, legend: "{{cluster}} {{job}}" }],
			unit: "Bps",
			width: 8,
		}),
		timeSeries({
			title: "Endpoints",
			says: "Each counts once, however many nodes probe it. Healthy: no node says otherwise.",
			curves: [
				{ expr: `cluster:healthy_endpoints:distinct{${CLUSTER}}`, legend: "healthy, {{cluster}} {{job}}" },
				{
					expr: `cluster:unhealthy_endpoints:distinct{${CLUSTER}}`,
					legend: "unhealthy, {{cluster}} {{job}}",
				},
			],
			unit: "short",
			width: 8,
		}),
	],
};

export const OVERVIEW = buildBoard({
	name: "overview",
	title: "Overview",
	says: "Traffic, errors and saturation of all load balancers, the health of their endpoints, and what room is left. Latency is not measured.",
	scope: "service",
	sections: [golden, health, capacity, clusters],
});

import { buildBoard } from "./board.ts";
import { states, table, timeSeries } from "./panels.ts";
import { SERVICE } from "./variables.ts";

const RATE = "[$__rate_interval]";

function byService(expr: string): string {
	return `sum by (service) (${expr})`;
}

const requests = {
	title: "Requests and errors",
	panels: [
		timeSeries({
			title: "Requests",
			says: "Flows created per second.",
			curves: [
				{ expr: byService(`rate(total_requests_per_service{${SERVICE}}${RATE})`), legend: "{{service}}" },
			],
			unit: "reqps",
			width: 8,
		}),
		timeSeries({
			title: "Errors by reason",
			says: "Flows per second that ended badly, by what happened and which side it came from.",
			curves: [
				{
					expr: `sum by (service, reason, origin) (rate(lbscope_flow_errors_total{${SERVICE}}${RATE})) > 0`,
					legend: "{{service}}: {{reason}} by {{origin}}",
				},
			],
			unit: "reqps",
			width: 8,
			alerts: ["HighErrorRate", "EndpointRefuses", "SynFlood"],
		}),
		timeSeries({
			title: "Part of requests that fail",
			says: "Errors by requests. Without requests there is no value.",
			curves: [
				{
					expr: `${byService(`rate(total_errors_per_service{${SERVICE}}${RATE})`)} / (${byService(`rate(total_requests_per_service{${SERVICE}}${RATE})`)} > 0)`,
					legend: "{{service}}",
				},
			],
			unit: "percentunit",
			max: 1,
			width: 8,
			alerts: ["HighErrorRate"],
		}),
		timeSeries({
			title: "Bursts",
			says: "Mean of the last minute, and the busiest poll in it: how far apart they are is how bursty the service is.",
			curves: [
				{ expr: `rps_1m_avg{${SERVICE}}`, legend: "mean, {{service}} on {{instance}}" },
				{ expr: `rps_1m_peak{${SERVICE}}`, legend: "peak, {{service}} on {{instance}}" },
			],
			unit: "reqps",
			width: 12,
		}),
		timeSeries({
			title: "Bytes per request",
			says: "Size of what is asked and answered, as it changes. It is no response time.",
			curves: [
				{
					expr: `${byService(`rate(service_traffic_bytes{${SERVICE}}${RATE})`)} / (${byService(`rate(total_requests_per_service{${SERVICE}}${RATE})`)} > 0)`,
					legend: "{{service}}",
				},
			],
			unit: "decbytes",
			width: 12,
		}),
	],
};

const traffic = {
	title: "Traffic",
	panels: [
		timeSeries({
			title: "Bytes",
			says: "Bytes per second, both directions.",
			curves: [{ expr: byService(`rate(service_traffic_bytes{${SERVICE}}${RATE})`), legend: "{{service}}" }],
			unit: "Bps",
			width: 8,
		}),
		timeSeries({
			title: "Packets",
			says: "Packets per second, both directions.",
			curves: [
				{ expr: byService(`rate(service_traffic_packets{${SERVICE}}${RATE})`), legend: "{{service}}" },
			],
			unit: "pps",
			width: 8,
		}),
		timeSeries({
			title: "Average packet size",
			says: "Below 100 bytes acknowledgements and control; above 1,400 bulk.",
			curves: [
				{
					expr: `${byService(`rate(service_traffic_bytes{${SERVICE}}${RATE})`)} / (${byService(`rate(service_traffic_packets{${SERVICE}}${RATE})`)} > 0)`,
					legend: "{{service}}",
				},
			],
			unit: "decbytes",
			width: 8,
			alerts: ["SmallPacketAttack"],
		}),
		timeSeries({
			title: "Share of the node's traffic",
			says: "0 to 1, of all load-balanced bytes in the last two minutes.",
			curves: [{ expr: `total_load_dists_per_service{${SERVICE}}`, legend: "{{service}} on {{instance}}" }],
			unit: "percentunit",
			max: 1,
			width: 8,
		}),
		timeSeries({
			title: "Clients and pairs",
			says: 'Clients, and pairs of client and endpoint, with traffic in the last 5 minutes. Clients that stand under "other" count as none. Needs recording-rules/balance.yaml.',
			curves: [
				{
					expr: `instance_service:lb_rule_interaction_bytes:active_clients5m{${SERVICE}}`,
					legend: "clients, {{service}} on {{instance}}",
				},
				{
					expr: `instance_service:lb_rule_interaction_bytes:active_pairs5m{${SERVICE}}`,
					legend: "pairs, {{service}} on {{instance}}",
				},
			],
			unit: "short",
			width: 8,
		}),
		timeSeries({
			title: "Largest client",
			says: "Its part of the service's bytes in the last 5 minutes. Needs recording-rules/balance.yaml.",
			curves: [
				{
					expr: `instance_service:lb_rule_interaction_bytes:largest_client_share5m{${SERVICE}}`,
					legend: "{{service}} on {{instance}}",
				},
			],
			unit: "percentunit",
			max: 1,
			width: 8,
			alerts: ["UnbalancedClientLoad", "ElephantFlowDetected"],
		}),
	],
};

const facts = {
	title: "Endpoints and addresses",
	panels: [
		states({
			title: "Endpoint health",
			says: "Last verdict about each endpoint. Endpoints that are not probed and of which nobody else says a word are not here.",
			expr: `lbscope_endpoint_healthy{${SERVICE}}`,
			legend: "{{service}}: {{dip}} port {{port}}, {{instance}}",
			good: "healthy",
			bad: "unhealthy",
			unit: "short",
			width: 12,
			alerts: ["AllEndpointsDown", "UnhealthyEndpoints"],
		}),
		table({
			title: "What the labels stand for",
			says: "Address, port and protocol of each service, and what its source calls it.",
			columns: [
				{
					name: "Nodes",
					expr: `count by (service, vip, port, protocol, namespace, name, type) (lbscope_service_info{${SERVICE}})`,
					unit: "short",
				},
			],
			unit: "short",
			width: 12,
		}),
		timeSeries({
			title: "Bytes that wait in flows",
			says: "Counted for the service and not for a pair yet: at most a poll's traffic. What stays here is lost track of.",
			curves: [{ expr: `lbscope_unattributed_bytes{${SERVICE}}`, legend: "{{service}} on {{instance}}" }],
			unit: "decbytes",
			width: 24,
			height: 6,
			alerts: ["LbscopeConservationBroken"],
		}),
	],
};

export const SERVICES = buildBoard({
	name: "service",
	title: "Service",
	says: "One service, or some: its requests, how they end, its traffic, its clients and its endpoints.",
	scope: "service",
	sections: [requests, traffic, facts],
});

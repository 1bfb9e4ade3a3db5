import { buildBoard } from "./board.ts";
import { bars, states, timeSeries } from "./panels.ts";
import { CLUSTER, ENDPOINT, SERVICE } from "./variables.ts";

const RATE = "[$__rate_interval]";
const NEEDS = "Needs recording-rules/balance.yaml.";

function variation(window: "5m" | "30m"): string {
	const rates = `instance_service_dip:endpoint_traffic_bytes:rate${window}{${SERVICE}}`;
	return `stddev without (dip) (${rates}) / (avg without (dip) (${rates}) > 0)`;
}

const shares = {
	title: "Shares",
	panels: [
		timeSeries({
			title: "Share of each endpoint",
			says: "0 to 1, of its service's bytes in the last two minutes. Even balance: all curves of a service on one line.",
			curves: [
				{
					expr: `endpoint_load_dists_per_service{${ENDPOINT}}`,
					legend: "{{service}}: {{dip}}, {{instance}}",
				},
			],
			unit: "percentunit",
			max: 1,
			width: 12,
			alerts: ["UnfairBalance"],
		}),
		bars({
			title: "Shares now",
			says: "The same, as it is now.",
			expr: `endpoint_load_dists_per_service{${ENDPOINT}}`,
			legend: "{{service}}: {{dip}}, {{instance}}",
			unit: "percentunit",
			max: 1,
			width: 12,
		}),
		timeSeries({
			title: "How uneven",
			says: `Coefficient of variation of the endpoints' bytes: 0 is even, 0.5 is 75:25 for two. Over 5 and 30 minutes. ${NEEDS}`,
			curves: [
				{ expr: variation("5m"), legend: "5 min, {{service}} on {{instance}}" },
				{ expr: variation("30m"), legend: "30 min, {{service}} on {{instance}}" },
			],
			unit: "short",
			width: 12,
			alerts: ["UnfairBalance"],
		}),
		timeSeries({
			title: "Each endpoint by the average of its service",
			says: `1 is the average. Above 2 for five minutes, with three endpoints or more and 1 Mbit/s: EndpointOverloaded. ${NEEDS}`,
			curves: [
				{
					expr: `instance_service_dip:endpoint_traffic_bytes:rate5m{${ENDPOINT}} / ignoring (dip) group_left () (avg without (dip) (instance_service_dip:endpoint_traffic_bytes:rate5m{${SERVICE}}) > 0)`,
					legend: "{{service}}: {{dip}}, {{instance}}",
				},
			],
			unit: "short",
			width: 12,
			alerts: ["EndpointOverloaded"],
		}),
	],
};

const load = {
	title: "Load",
	panels: [
		timeSeries({
			title: "Bytes by endpoint",
			says: "Bytes per second between the service and the endpoint that really got the flow. Needs recording-rules/flows.yaml.",
			curves: [{ expr: `endpoint_bandwidth_bps{${ENDPOINT}}`, legend: "{{service}}: {{dip}}, {{instance}}" }],
			unit: "Bps",
			stacked: true,
			width: 12,
			alerts: ["EndpointOverloaded"],
		}),
		timeSeries({
			title: "Clients by endpoint",
			says: "Clients with traffic, by the endpoint that they have. One query reads every pair of the chosen services.",
			curves: [
				{
					expr: `count by (service, dip) (rate(lb_rule_interaction_bytes{${ENDPOINT}}${RATE}) > 0)`,
					legend: "{{service}}: {{dip}}",
				},
			],
			unit: "short",
			width: 12,
		}),
		timeSeries({
			title: "Endpoint not known",
			says: 'Part of a service\'s bytes under dip="unknown" or "other": their endpoint could not be learned, as behind a proxy on the node. 0 is normal.',
			curves: [
				{
					expr: `sum by (instance, service) (rate(endpoint_traffic_bytes{${SERVICE}, dip=~"unknown|other"}${RATE})) / (sum by (instance, service) (rate(service_traffic_bytes{${SERVICE}}${RATE})) > 0) or sum by (instance, service) (0 * rate(service_traffic_bytes{${SERVICE}}${RATE}))`,
					legend: "{{service}} on {{instance}}",
				},
			],
			unit: "percentunit",
			max: 1,
			width: 12,
		}),
		timeSeries({
			title: "Endpoints over all nodes",
			says: "Bytes per second of each endpoint, from all nodes of a cluster, over 5 minutes. Needs recording-rules/cluster.yaml.",
			curves: [
				{
					expr: `cluster_service_dip:endpoint_traffic_bytes:rate5m{${CLUSTER}, service=~"$service", dip=~"$endpoint"}`,
					legend: "{{service}}: {{dip}}, {{cluster}} {{job}}",
				},
			],
			unit: "Bps",
			stacked: true,
			width: 12,
		}),
	],
};

const health = {
	title: "Health",
	panels: [
		states({
			title: "Endpoint health",
			says: "Last verdict of each node about each endpoint.",
			expr: `lbscope_endpoint_healthy{${ENDPOINT}}`,
			legend: "{{service}}: {{dip}} port {{port}}, {{instance}}",
			good: "healthy",
			bad: "unhealthy",
			unit: "short",
			width: 12,
			alerts: ["AllEndpointsDown", "UnhealthyEndpoints"],
		}),
		timeSeries({
			title: "Requests that endpoints refuse",
			says: "Per second: RST or ICMP unreachable before the connection was there, from the endpoint's side.",
			curves: [
				{
					expr: `sum by (instance, service) (rate(lbscope_flow_errors_total{${SERVICE}, reason=~"refused|unreachable", origin="endpoint"}${RATE}))`,
					legend: "{{service}} on {{instance}}",
				},
			],
			unit: "reqps",
			width: 12,
			alerts: ["EndpointRefuses"],
		}),
		timeSeries({
			title: "Turns of the verdict",
			says: "In the hour before, to healthy or to unhealthy. Many mean an endpoint at its limit, or a check that is too strict.",
			curves: [
				{
					expr: `increase(lbscope_endpoint_health_transitions_total{${ENDPOINT}}[1h])`,
					legend: "{{service}}: {{dip}} port {{port}} to {{to}}, {{instance}}",
				},
			],
			unit: "short",
			width: 12,
			alerts: ["UnhealthyEndpoints"],
		}),
		timeSeries({
			title: "Time of a probe",
			says: "Of the last one of each endpoint, whether it went well or not. Not of endpoints that are judged by their clients alone.",
			curves: [
				{
					expr: `lbscope_endpoint_probe_duration_seconds{${ENDPOINT}}`,
					legend: "{{service}}: {{dip}} port {{port}}, {{instance}}",
				},
			],
			unit: "s",
			width: 12,
		}),
	],
};

export const ENDPOINT_BALANCE = buildBoard({
	name: "endpoint-balance",
	title: "Endpoint balance",
	says: "How the traffic of a service is spread over its endpoints, and whether they are well.",
	scope: "endpoint",
	sections: [shares, load, health],
});

import { buildBoard } from "./board.ts";
import { matrix, nodeGraph, table, timeSeries } from "./panels.ts";
import { ENDPOINT, NODE, SERVICE } from "./variables.ts";

const RATE = "[$__rate_interval]";
const BYTES = `rate(lb_rule_interaction_bytes{${ENDPOINT}}${RATE})`;
const PACKETS = `rate(lb_rule_interaction_packets{${ENDPOINT}}${RATE})`;
/** Nodes and edges are of the same pairs, so no edge leads to a node that is not there. */
const DRAWN = `topk(50, sum by (sip, dip) (${BYTES}) > 0)`;
const LISTED = `topk(100, ${BYTES} > 0)`;

function nodesOf(label: "sip" | "dip", kind: string): string {
	const named = `label_replace(label_replace(${DRAWN}, "id", "${kind} $1", "${label}", "(.*)"), "title", "$1", "${label}", "(.*)")`;
	return `sum by (id, title, subtitle) (label_replace(${named}, "subtitle", "${kind}", "", ""))`;
}

const talkers = {
	title: "Top talkers",
	panels: [
		timeSeries({
			title: "Largest clients",
			says: "Bytes per second; the ten largest at each moment. Needs recording-rules/flows.yaml.",
			curves: [
				{
					expr: `topk(10, sum by (service, sip) (client_bandwidth_bps{${SERVICE}}))`,
					legend: "{{sip}} to {{service}}",
				},
			],
			unit: "Bps",
			width: 12,
			alerts: ["ElephantFlowDetected", "UnbalancedClientLoad"],
		}),
		table({
			title: "Largest clients now",
			says: "The twenty with most bytes per second, and their part of the service. Needs recording-rules/flows.yaml.",
			columns: [
				{
					name: "Bandwidth",
					expr: `topk(20, sum by (service, sip) (client_bandwidth_bps{${SERVICE}}))`,
					unit: "Bps",
				},
				{
					name: "Part of service",
					expr: `sum by (service, sip) (client_bandwidth_bps{${SERVICE}}) / on (service) group_left () (sum by (service) (client_bandwidth_bps{${SERVICE}}) > 0) and topk(20, sum by (service, sip) (client_bandwidth_bps{${SERVICE}}))`,
					unit: "percentunit",
				},
			],
			unit: "short",
			width: 12,
			alerts: ["UnbalancedClientLoad"],
		}),
		timeSeries({
			title: "Packets by client",
			says: "Packets per second; the ten clients with most at each moment.",
			curves: [
				{
					expr: `topk(10, sum by (service, sip) (rate(client_traffic_packets{${SERVICE}}${RATE})))`,
					legend: "{{sip}} to {{service}}",
				},
			],
			unit: "pps",
			width: 12,
			alerts: ["SmallPacketAttack"],
		}),
		timeSeries({
			title: "Average packet size of pairs",
			says: "Of the pairs with traffic: the median, and the smallest and largest tenth. Needs recording-rules/flows.yaml.",
			curves: [0.1, 0.5, 0.9].map((part) => ({
				expr: `quantile by (service) (${part}, flow_avg_packet_size{${ENDPOINT}})`,
				legend: `${part * 100} %, {{service}}`,
			})),
			unit: "decbytes",
			width: 12,
		}),
	],
};

const pairs = {
	title: "Clients and endpoints",
	panels: [
		matrix({
			title: "Client by endpoint",
			says: "Bytes per second between each client (row) and each endpoint (column), all chosen services and nodes together; the 200 pairs with most.",
			expr: `topk(200, sum by (sip, dip) (${BYTES}) > 0)`,
			rows: "sip",
			columns: "dip",
			unit: "Bps",
			width: 12,
			height: 12,
		}),
		nodeGraph({
			title: "Who talks to whom",
			says: "Clients and endpoints, an edge for each of the 50 pairs with most bytes per second. An address that is both is two nodes.",
			nodes: `${nodesOf("sip", "client")} or ${nodesOf("dip", "endpoint")}`,
			edges: `label_join(label_replace(label_replace(${DRAWN}, "source", "client $1", "sip", "(.*)"), "target", "endpoint $1", "dip", "(.*)"), "id", " to ", "source", "target")`,
			unit: "Bps",
			width: 12,
			height: 12,
		}),
		table({
			title: "Flows",
			says: "The 100 pairs of client and endpoint with most bytes per second.",
			columns: [
				{ name: "Bandwidth", expr: LISTED, unit: "Bps" },
				{ name: "Packet rate", expr: `${PACKETS} and ${LISTED}`, unit: "pps" },
				{ name: "Average packet size", expr: `${BYTES} / (${PACKETS} > 0) and ${LISTED}`, unit: "decbytes" },
			],
			unit: "short",
			width: 24,
			height: 12,
			alerts: ["ElephantFlowDetected", "SmallPacketAttack"],
		}),
	],
};

const bounds = {
	title: "What has no series of its own",
	panels: [
		timeSeries({
			title: "Packets without room",
			says: 'Packets per second that found no room in a table, and so count under sip or dip "other".',
			curves: [
				{ expr: `rate(lbscope_overflow_packets_total{${NODE}}${RATE})`, legend: "{{map}} on {{instance}}" },
			],
			unit: "pps",
			width: 12,
			alerts: ["TrafficCountedAsOther", "PairTableNearlyFull"],
		}),
		timeSeries({
			title: "Pairs that left the page",
			says: "Bytes per second that went from series of pairs to lbscope_retired_bytes_total with them.",
			curves: [
				{
					expr: `sum by (instance, service) (rate(lbscope_retired_bytes_total{${SERVICE}, level="pair"}${RATE}))`,
					legend: "{{service}} on {{instance}}",
				},
			],
			unit: "Bps",
			width: 12,
		}),
	],
};

export const CLIENTS_AND_FLOWS = buildBoard({
	name: "clients-and-flows",
	title: "Clients and flows",
	says: "Who uses the services, how much, and which endpoint they get. Tables, matrix and graph read every pair of the chosen services once; the curves read recording rules.",
	scope: "endpoint",
	sections: [talkers, pairs, bounds],
});

import { inSection } from "./family.ts";

export const DISTRIBUTION = inSection("Distribution", [
	{
		name: "service_traffic_bytes",
		type: "counter",
		labels: ["service"],
		aliases: { loxilb: "loxilb_service_traffic_bytes_total" },
		help: "Bytes of the service, both directions; sums to processed_bytes_total.",
		samples({ dataPath }, emit) {
			for (const { service, bytes } of dataPath?.services ?? []) emit(bytes, service);
		},
	},
	{
		name: "service_traffic_packets",
		type: "counter",
		labels: ["service"],
		aliases: { loxilb: "loxilb_service_traffic_packets_total" },
		help: "Packets of the service, both directions; sums to processed_packets_total.",
		samples({ dataPath }, emit) {
			for (const { service, packets } of dataPath?.services ?? []) emit(packets, service);
		},
	},
	{
		name: "endpoint_traffic_bytes",
		type: "counter",
		labels: ["service", "dip"],
		aliases: { loxilb: "loxilb_endpoint_traffic_bytes_total" },
		help: "Bytes between the service and the endpoint that really received the flow.",
		samples({ dataPath }, emit) {
			for (const { service, dip, bytes } of dataPath?.endpoints ?? []) emit(bytes, service, dip);
		},
	},
	{
		name: "client_traffic_packets",
		type: "counter",
		labels: ["service", "sip"],
		aliases: { loxilb: "loxilb_client_traffic_packets_total" },
		help: "Packets between the client and the service.",
		table: "clients",
		column: "packets",
	},
	{
		name: "lb_rule_interaction_bytes",
		type: "counter",
		labels: ["service", "sip", "dip"],
		aliases: { loxilb: "loxilb_lb_rule_interaction_bytes_total", loxilb_legacy: "lb_rule_interaction_bytes" },
		help: "Bytes between the client and the endpoint through the service.",
		table: "pairs",
		column: "bytes",
	},
	{
		name: "lb_rule_interaction_packets",
		type: "counter",
		labels: ["service", "sip", "dip"],
		aliases: {
			loxilb: "loxilb_lb_rule_interaction_packets_total",
			loxilb_legacy: "lb_rule_interaction_packets",
		},
		help: "Packets between the client and the endpoint through the service.",
		table: "pairs",
		column: "packets",
	},
	{
		name: "total_load_dists_per_service",
		type: "gauge",
		labels: ["service"],
		aliases: { loxilb_legacy: "total_load_dists_per_service" },
		help: "Share (0..1) of the service in all load-balanced bytes of the last two minutes; absent without traffic.",
		samples({ dataPath }, emit) {
			for (const { service, share } of dataPath?.services ?? []) emit(share, service);
		},
	},
	{
		name: "endpoint_load_dists_per_service",
		type: "gauge",
		labels: ["service", "dip"],
		aliases: { loxilb_legacy: "endpoint_load_dists_per_service" },
		help: "Share (0..1) of the endpoint in the service's bytes of the last two minutes; absent without traffic.",
		samples({ dataPath }, emit) {
			for (const { service, dip, share } of dataPath?.endpoints ?? []) emit(share, service, dip);
		},
	},
]);

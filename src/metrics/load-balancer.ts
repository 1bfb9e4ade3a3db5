import { inSection } from "./family.ts";

export const LOAD_BALANCER = inSection("Load balancer", [
	{
		name: "lb_rule_count",
		type: "gauge",
		labels: [],
		aliases: { loxilb: "loxilb_lb_rules", loxilb_legacy: "lb_rule_count" },
		help: "Services (address, port and protocol) configured or discovered.",
		samples: ({ services, uncountedServices }, emit) => emit(services.length + uncountedServices),
	},
	{
		name: "total_requests",
		type: "counter",
		labels: [],
		aliases: { loxilb: "loxilb_requests_total", loxilb_legacy: "total_requests" },
		help: "Flows created since the counters began.",
		samples: ({ dataPath }, emit) => emit(dataPath?.requests),
	},
	{
		name: "total_requests_per_service",
		type: "counter",
		labels: ["service"],
		aliases: { loxilb: "loxilb_service_requests_total", loxilb_legacy: "total_requests_per_service" },
		help: "Flows created since the counters began, by service; sums to total_requests.",
		samples({ dataPath }, emit) {
			for (const { service, requests } of dataPath?.services ?? []) emit(requests, service);
		},
	},
	{
		name: "total_errors",
		type: "counter",
		labels: [],
		aliases: { loxilb: "loxilb_errors_total", loxilb_legacy: "total_errors" },
		help: "Flows that ended badly, each at most once: refused, handshake timed out, reset before both sides closed, aborted.",
		samples: ({ dataPath }, emit) => emit(dataPath?.errors),
	},
	{
		name: "total_errors_per_service",
		type: "counter",
		labels: ["service"],
		aliases: { loxilb: "loxilb_service_errors_total", loxilb_legacy: "total_errors_per_service" },
		help: "Flows that ended badly, by service; sums to total_errors.",
		samples({ dataPath }, emit) {
			for (const { service, errors } of dataPath?.services ?? []) emit(errors, service);
		},
	},
]);

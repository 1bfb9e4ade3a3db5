import { inSection } from "./family.ts";

export const LOAD_BALANCER = inSection("Load balancer", [
	{
		name: "lb_rule_count",
		type: "gauge",
		labels: [],
		help: "Services (address, port and protocol) configured or discovered.",
		samples: ({ services, uncountedServices }, emit) => emit(services.length + uncountedServices),
	},
	{
		name: "total_requests",
		type: "counter",
		labels: [],
		help: "Flows created since the counters began.",
		samples: ({ dataPath }, emit) => emit(dataPath?.requests),
	},
	{
		name: "total_requests_per_service",
		type: "counter",
		labels: ["service"],
		help: "Flows created since the counters began, by service; sums to total_requests.",
		samples({ dataPath }, emit) {
			for (const { service, requests } of dataPath?.services ?? []) emit(requests, service);
		},
	},
	{
		name: "total_errors",
		type: "counter",
		labels: [],
		help: "Flows that ended badly, each at most once: refused, handshake timed out, reset before both sides closed, aborted.",
		samples: ({ dataPath }, emit) => emit(dataPath?.errors),
	},
	{
		name: "total_errors_per_service",
		type: "counter",
		labels: ["service"],
		help: "Flows that ended badly, by service; sums to total_errors.",
		samples({ dataPath }, emit) {
			for (const { service, errors } of dataPath?.services ?? []) emit(errors, service);
		},
	},
]);

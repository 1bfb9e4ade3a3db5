import { inSection } from "./family.ts";

export const RPS = inSection("Rates", [
	{
		name: "rps_requests",
		type: "gauge",
		labels: [],
		help: "Flows created per second between the last two polls.",
		samples: ({ dataPath }, emit) => emit(dataPath?.rates?.requests),
	},
	{
		name: "rps_1m_avg",
		type: "gauge",
		labels: ["service"],
		help: "Flows created per second in the last 60 seconds, by service.",
		samples({ dataPath }, emit) {
			for (const { service, rps1mAvg } of dataPath?.services ?? []) emit(rps1mAvg, service);
		},
	},
	{
		name: "rps_1m_peak",
		type: "gauge",
		labels: ["service"],
		help: "Highest flows created per second of a single poll interval in the last 60 seconds, by service.",
		samples({ dataPath }, emit) {
			for (const { service, rps1mPeak } of dataPath?.services ?? []) emit(rps1mPeak, service);
		},
	},
	{
		name: "rps_bps",
		type: "gauge",
		labels: [],
		help: "Load-balanced bytes (not bits) per second between the last two polls.",
		samples: ({ dataPath }, emit) => emit(dataPath?.rates?.bytes),
	},
	{
		name: "rps_pps",
		type: "gauge",
		labels: [],
		help: "Load-balanced packets per second between the last two polls.",
		samples: ({ dataPath }, emit) => emit(dataPath?.rates?.packets),
	},
	{
		name: "rps_eps",
		type: "gauge",
		labels: [],
		help: "Flows that ended badly per second between the last two polls.",
		samples: ({ dataPath }, emit) => emit(dataPath?.rates?.errors),
	},
]);

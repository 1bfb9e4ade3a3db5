import { inSection } from "./family.ts";

export const LCU = inSection("Capacity units", [
	{
		name: "consumed_lcus",
		type: "gauge",
		labels: [],
		aliases: { loxilb_legacy: "consumed_lcus" },
		help: "active_conntrack_count / 2160000 + lb_rule_count / 1000 + Gbit/s of the last poll / 3600. This is no AWS LCU.",
		samples: ({ dataPath }, emit) => emit(dataPath?.lcus),
	},
]);

import type { FirewallRuleCount } from "../model/reading.ts";
import type { DataPath } from "../model/snapshot.ts";
import { inSection } from "./family.ts";

export const FIREWALL = inSection("Firewall", [
	{
		name: "total_fw_drops",
		type: "gauge",
		labels: [],
		help: "Packets dropped by firewall rules since the counters began; 0 when no rule drops. With firewall.host: also by nftables rules of others that count what they drop.",
		samples({ dataPath }, emit) {
			if (dataPath?.firewall === undefined) return;
			emit([...packetsByRule(dataPath, "drop").values()].reduce((sum, packets) => sum + packets, 0));
		},
	},
	{
		name: "total_fw_drops_per_rule",
		type: "gauge",
		labels: ["fw_rule"],
		help: "Packets dropped since the counters began, by firewall rule; sums to total_fw_drops.",
		samples({ dataPath }, emit) {
			for (const [rule, packets] of packetsByRule(dataPath, "drop")) emit(packets, rule);
		},
	},
	{
		name: "firewall_rules_count",
		type: "gauge",
		labels: [],
		help: "Firewall rules active, whether they drop or only count.",
		samples: ({ dataPath }, emit) => emit(dataPath?.firewallRules),
	},
]);

/** Rules of the same name share one series. */
export function packetsByRule(
	dataPath: DataPath | undefined,
	action: FirewallRuleCount["action"],
): Map<string, number> {
	const sums = new Map<string, number>();
	for (const rule of dataPath?.firewall ?? []) {
		if (rule.action === action) sums.set(rule.name, (sums.get(rule.name) ?? 0) + rule.packets);
	}
	return sums;
}

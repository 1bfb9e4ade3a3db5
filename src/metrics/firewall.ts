import type { FirewallRuleCount } from "../model/reading.ts";
import type { DataPath } from "../model/snapshot.ts";
import { inSection } from "./family.ts";

export const FIREWALL = inSection("Firewall", [
	{
		name: "total_fw_drops",
		type: "gauge",
		labels: [],
		aliases: { loxilb: "loxilb_fw_drop_packets_total", loxilb_legacy: "total_fw_drops" },
		help: "Packets dropped by firewall rules since the counters began; 0 when no rule drops. With firewall.host: also by nftables rules of others that count what they drop; with firewall.loxilb: also by rules of LoxiLB.",
		samples({ dataPath }, emit) {
			if (dataPath?.firewall === undefined) return;
			emit([...packetsByRule(dataPath, "drop").values()].reduce((sum, packets) => sum + packets, 0));
		},
	},
	{
		name: "total_fw_drops_per_rule",
		type: "gauge",
		labels: ["fw_rule"],
		aliases: { loxilb: "loxilb_fw_rule_drop_packets_total", loxilb_legacy: "total_fw_drops_per_rule" },
		help: "Packets dropped since the counters began, by firewall rule; sums to total_fw_drops.",
		samples({ dataPath }, emit) {
			for (const [rule, packets] of packetsByRule(dataPath, "drop")) emit(packets, rule);
		},
	},
	{
		name: "firewall_rules_count",
		type: "gauge",
		labels: [],
		aliases: { loxilb: "loxilb_firewall_rules" },
		help: "Firewall rules active, whether they drop or only count.",
		samples: ({ dataPath }, emit) => emit(dataPath?.firewallRules),
	},
	{
		name: "lbscope_netfilter_dropped_packets_total",
		type: "counter",
		labels: [],
		help: "Packets that netfilter dropped or rejected, with a rule or without, as the kernel freed them: in all network namespaces of the node, a GSO super-packet, or a packet put together from fragments, as one. Only with firewall.host; absent where the kernel does not tell why it frees packets.",
		samples: ({ dataPath }, emit) => emit(dataPath?.netfilter?.dropped),
	},
	{
		name: "lbscope_netfilter_rule_dropped_packets_total",
		type: "counter",
		labels: [],
		help: "Packets that nftables rules of others dropped, of those with a counter: their part of total_fw_drops. Compare rates, for a rule may have counted before lbscope did: what lbscope_netfilter_dropped_packets_total has more was dropped by policies, by rules without a counter, or in other network namespaces. Only with firewall.host.",
		samples: ({ dataPath }, emit) => emit(dataPath?.netfilter?.byRules),
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

import { buildBoard } from "./board.ts";
import { stat, table, timeSeries } from "./panels.ts";
import { NODE, SERVICE } from "./variables.ts";

const RATE = "[$__rate_interval]";
const UNFINISHED = 'reason=~"timeout|refused|unreachable", origin="client"';

/** Only nodes with firewall.host have series of netfilter: without them there is no curve, and none at 0. */
function dropsByPlace(): string {
	const drops = (name: string) => `rate(${name}{${NODE}}${RATE})`;
	const netfilter = drops("lbscope_netfilter_dropped_packets_total");
	const counted = drops("lbscope_netfilter_rule_dropped_packets_total");
	const places = {
		"all rules": drops("total_fw_drops"),
		netfilter,
		"netfilter, rules with a counter": counted,
		"netfilter, uncounted": `clamp_min(${netfilter} - ${counted}, 0)`,
	};
	const named = Object.entries(places).map(
		([place, expr]) => `label_replace(${expr}, "place", "${place}", "", "")`,
	);
	return named.join(" or ");
}

const firewall = {
	title: "Firewall",
	panels: [
		stat({
			title: "Rules",
			says: "Rules active on the chosen nodes, whether they drop or only count.",
			expr: `sum(firewall_rules_count{${NODE}})`,
			unit: "short",
			width: 4,
		}),
		stat({
			title: "Drops",
			says: "Packets per second that rules drop.",
			expr: `sum(rate(total_fw_drops{${NODE}}${RATE}))`,
			unit: "pps",
			width: 4,
			alerts: ["HighFirewallDrops"],
		}),
		timeSeries({
			title: "Drops by rule",
			says: "Packets per second; the ten rules that drop most at each moment.",
			curves: [
				{
					expr: `topk(10, rate(total_fw_drops_per_rule{${NODE}}${RATE}))`,
					legend: "{{fw_rule}} on {{instance}}",
				},
			],
			unit: "pps",
			width: 8,
			alerts: ["HighFirewallDrops"],
		}),
		timeSeries({
			title: "Matches of rules that only count",
			says: "Packets per second that match a rule with `action: count`.",
			curves: [
				{
					expr: `rate(lbscope_firewall_matched_packets_total{${NODE}}${RATE})`,
					legend: "{{fw_rule}} on {{instance}}",
				},
			],
			unit: "pps",
			width: 8,
		}),
		timeSeries({
			title: "Drops by place",
			says: "Packets per second. all rules: lbscope's own and those of netfilter that have a counter. netfilter, only with `firewall.host: true`: all that it drops on the node. uncounted: what it drops beyond its rules with a counter.",
			curves: [{ expr: dropsByPlace(), legend: "{{place}}, {{instance}}" }],
			unit: "pps",
			width: 24,
			alerts: ["NetfilterDropsUncounted"],
		}),
		table({
			title: "Drops of the last hour",
			says: "By rule and node.",
			columns: [
				{ name: "Packets", expr: `topk(50, increase(total_fw_drops_per_rule{${NODE}}[1h]))`, unit: "short" },
			],
			unit: "short",
			width: 24,
			height: 6,
		}),
	],
};

const errors = {
	title: "Errors",
	panels: [
		timeSeries({
			title: "By service",
			says: "Flows per second that ended badly; the ten services with most at each moment.",
			curves: [
				{
					expr: `topk(10, sum by (service) (rate(total_errors_per_service{${SERVICE}}${RATE})))`,
					legend: "{{service}}",
				},
			],
			unit: "reqps",
			width: 12,
			alerts: ["HighErrorRate"],
		}),
		timeSeries({
			title: "By reason and side",
			says: "What happened, and from which side of the load balancer it came.",
			curves: [
				{
					expr: `sum by (reason, origin) (rate(lbscope_flow_errors_total{${SERVICE}}${RATE})) > 0`,
					legend: "{{reason}} by {{origin}}",
				},
			],
			unit: "reqps",
			stacked: true,
			width: 12,
			alerts: ["EndpointRefuses", "SynFlood"],
		}),
		table({
			title: "Errors of the last hour",
			says: "By service, reason and side.",
			columns: [
				{
					name: "Flows",
					expr: `topk(100, sum by (instance, service, reason, origin) (increase(lbscope_flow_errors_total{${SERVICE}}[1h])) > 0)`,
					unit: "short",
				},
			],
			unit: "short",
			width: 12,
			alerts: ["HighErrorRate"],
		}),
		timeSeries({
			title: "Handshakes that clients leave unfinished",
			says: "Per second. Many of them, and a large part of all requests, are a flood of SYNs.",
			curves: [
				{
					expr: `sum by (instance, service) (rate(lbscope_flow_errors_total{${SERVICE}, ${UNFINISHED}}${RATE})) or sum by (instance, service) (0 * rate(total_requests_per_service{${SERVICE}}${RATE}))`,
					legend: "{{service}} on {{instance}}",
				},
			],
			unit: "reqps",
			width: 12,
			alerts: ["SynFlood", "UnfinishedConnectionsFull"],
		}),
		timeSeries({
			title: "Packets that are no countable traffic",
			says: "Malformed ones, and fragments that came before their first one.",
			curves: [
				{ expr: `rate(lbscope_ignored_packets_total{${NODE}}${RATE})`, legend: "{{reason}} on {{instance}}" },
			],
			unit: "pps",
			width: 24,
			height: 6,
		}),
	],
};

export const FIREWALL_AND_ERRORS = buildBoard({
	name: "firewall-and-errors",
	title: "Firewall and errors",
	says: "What rules drop, and which requests end badly, why, and by whom.",
	scope: "service",
	sections: [firewall, errors],
});

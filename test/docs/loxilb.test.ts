/** docs/loxilb.md against the catalogue, and against what LoxiLB's own UI and alert file ask for. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { CATALOGUE } from "../../src/metrics/catalogue.ts";
import { allNames, isOfTable, typeUnder } from "../../src/metrics/names.ts";

const text = readFileSync(new URL("../../docs/loxilb.md", import.meta.url), "utf8");
const [names = "", untold = ""] = text.split("### What LoxiLB's UI and alerts find");

/** Cells of the rows whose first one is a name. */
function rowsOf(section: string): string[][] {
	return [...section.matchAll(/^\| `[a-z_0-9]+` \|.*\|$/gm)].map(([row]) =>
		row
			.slice(2, -2)
			.split(" | ")
			.map((cell) => cell.replaceAll("`", "")),
	);
}

const TOLD = rowsOf(names.slice(names.indexOf("## Names")));
const UNTOLD = rowsOf(untold.slice(0, untold.indexOf("## Coming from")));

/** cardMetricsLogic.ts and connector/instance/metrics.ts of loxilb-io/loxilb-ui at 67ce0803. */
const UI_NAMES = [
	"loxilb_active_conntrack_entries",
	"loxilb_active_flow_count_sctp",
	"loxilb_active_flow_count_tcp",
	"loxilb_active_flow_count_udp",
	"loxilb_conntrack_max_entries",
	"loxilb_errors_total",
	"loxilb_healthy_endpoints",
	"loxilb_lb_rules",
	"loxilb_new_flows",
	"loxilb_processed_bytes_total",
	"loxilb_processed_packets_total",
	"loxilb_system_cpu_utilization_percent",
	"loxilb_system_disk_utilization_percent",
	"loxilb_system_memory_utilization_percent",
	"loxilb_unhealthy_endpoints",
];
/** loxilb-alerts.yml of loxilb-io/loxilb-inference-gateway at 5e5dd88c. */
const ALERT_NAMES = [
	"loxilb_active_conntrack_entries",
	"loxilb_ai_rate_limit_hits_total",
	"loxilb_ai_requests_total",
	"loxilb_conntrack_max_entries",
	"loxilb_conntrack_stat_resets_total",
	"loxilb_errors_total",
	"loxilb_fw_drop_packets_total",
	"loxilb_healthy_endpoints",
	"loxilb_kv_agent_up",
	"loxilb_l4_error_events_total",
	"loxilb_lb_rules",
	"loxilb_proxy_http_responses_by_status_total",
	"loxilb_proxy_http_responses_total",
	"loxilb_proxy_http_ttfb_seconds_bucket",
	"loxilb_security_syn_blocked_total",
	"loxilb_security_udp_blocked_total",
	"loxilb_sockproxy_sync_apply_errors_total",
	"loxilb_system_cpu_utilization_percent",
	"loxilb_system_disk_utilization_percent",
	"loxilb_system_memory_utilization_percent",
	"loxilb_unhealthy_endpoints",
];

test("the table of names says what the catalogue says, and the catalogue what the table says", () => {
	const known = CATALOGUE.flatMap((family) =>
		allNames(family)
			.filter(([, name]) => name !== family.name)
			.map(([set, name]) => {
				return [name, typeUnder(name, family), isOfTable(family) ? "by itself" : set, family.name];
			}),
	);
	expect(TOLD).toEqual(known);
});

describe("what LoxiLB's own", () => {
	const told = TOLD.map(([name]) => name);
	const reasons = new Map(UNTOLD.map(([name, by, reason]) => [name, { by, reason }]));

	test.each([
		["UI", UI_NAMES],
		["alerts", ALERT_NAMES],
	])("%s ask for is told, or has its reason", (who, asked) => {
		const missing = asked.filter((name) => !told.includes(name));
		expect(missing.filter((name) => !reasons.get(name)?.by?.includes(who))).toEqual([]);
		const named = UNTOLD.filter(([, by]) => by?.includes(who)).map(([name]) => name);
		expect(named.sort()).toEqual(missing.sort());
	});

	test("cannot be told is on no page", () => {
		expect(UNTOLD.filter(([name]) => told.includes(name))).toEqual([]);
		expect(UNTOLD.filter(([, , reason]) => reason === undefined || reason === "")).toEqual([]);
	});
});

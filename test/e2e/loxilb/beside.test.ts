/** A LoxiLB user's node: its rules, health and firewall beside what our own programs count, under its own names. */
import { afterEach, expect, test } from "vitest";
import { converse } from "../../../scripts/lab/traffic.ts";
import { indexKey, possibleCpus, update } from "../../../src/bpf/map.ts";
import { startLoxilb } from "../../discovery/loxilb/loxilb-server.ts";
import { ALLOW, DROP, ruleRow } from "../../kernel/loxilb/firewall-rules.ts";
import { loadMaps, pinMaps } from "../../kernel/loxilb/fixture.ts";
import { type StandIn, startStandIn } from "../../kernel/loxilb/stand-in.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { startExporter } from "../exporter.ts";
import { expectIdentities } from "../identities.ts";
import { parsePage } from "../page.ts";

const ENDPOINTS = ["10.20.1.2", "10.20.2.2", "10.20.3.2"];
const RULE = "10.66.0.0/16_10.99.0.1/32_0_0_80_80_6_100";
const PATH = "/netlox/v1/metrics";

describeAsRoot("beside LoxiLB", 60_000, () => {
	const lab = withLab({ prefix: "loxbeside" });
	let standIn: StandIn | undefined;
	afterEach(() => standIn?.stop());

	test("its rules, health and firewall are on the page, under its names and at its path", async () => {
		const loxilb = await startLoxilb(RULES, HOSTS);
		standIn = await startStandIn();
		const maps = await loadMaps(280);
		pinMaps(maps, standIn.pins);
		const rules = maps.map("fw_v4_map");
		const port = { destination: "10.99.0.1/32", port: 80, protocol: 6, preference: 100 };
		for (const [row, rule] of [
			{ ...port, source: "10.66.0.0/16", counter: 1, action: DROP },
			{ ...port, counter: 2, action: ALLOW },
		].entries())
			update(rules, indexKey(row), ruleRow(rule, rules.valueSize));
		const exporter = await startExporter(lab(), {
			services: [],
			listen: { paths: [PATH] },
			metrics: { names: ["contract", "loxilb", "loxilb_legacy", "loxilb_client_traffic_packets_total"] },
			health: { enabled: true, source: "discovery", interval: "200ms" },
			// With the rights alone that a run keeps beside LoxiLB.
			security: { drop_capabilities: "auto" },
			reload: { watch: false },
			discovery: { loxilb: { url: loxilb.url, interval: "100ms" } },
		});
		expect(exporter.log()).toContain("CAP_SYS_PTRACE (to look into the container of LoxiLB)");
		const first = await exporter.nextPage();
		expect(first.series("total_fw_drops_per_rule")).toMatchObject([{ labels: { fw_rule: RULE }, value: 0 }]);
		for (const counter of [1, 2]) setCounter(maps.map("fw_stats_map"), counter, 9);
		await converse(lab(), { service: lab().service("web"), count: 6 });
		await exporter.pageWhere((page) => page.value("total_requests") === 6);
		const page = parsePage(await (await fetch(`${exporter.url}${PATH}`)).text());
		expectIdentities(page);
		const named = (...names: string[]) => Object.fromEntries(names.map((name) => [name, page.value(name)]));
		expect(
			named(
				...["loxilb_lb_rules", "loxilb_requests_total", "loxilb_errors_total", "loxilb_firewall_rules"],
				...["loxilb_healthy_endpoints", "loxilb_unhealthy_endpoints", "healthy_host_count"],
				...["total_fw_drops", "loxilb_fw_drop_packets_total"],
			),
		).toEqual({
			...{ loxilb_lb_rules: 1, loxilb_requests_total: 6, loxilb_errors_total: 0, loxilb_firewall_rules: 2 },
			...{ loxilb_healthy_endpoints: 2, loxilb_unhealthy_endpoints: 1, healthy_host_count: 2 },
			...{ total_fw_drops: 9, loxilb_fw_drop_packets_total: 9 },
		});
		expect(page.value("processed_bytes")).toBe(page.value("processed_bytes_total"));
		const endpoints = page.series("loxilb_endpoint_traffic_bytes_total").map(({ labels }) => labels.dip);
		expect(endpoints.sort()).toEqual(ENDPOINTS);
		expect(page.series("loxilb_client_traffic_packets_total").length).toBeGreaterThan(0);
		expect(page.series("loxilb_lb_rule_interaction_bytes_total")).toEqual([]);
		await exporter.stop();
		maps.close();
	});
});

const RULES = JSON.stringify({
	lbAttr: [
		{
			endpoints: ENDPOINTS.map((endpointIP) => ({
				endpointIP,
				targetPort: 8080,
				weight: 1,
				state: "active",
			})),
			serviceArguments: { externalIP: "10.99.0.1", name: "web", port: 80, protocol: "tcp" },
		},
	],
});

const HOSTS = JSON.stringify({
	Attr: ENDPOINTS.map((hostName, i) => ({
		...{ hostName, name: `${hostName}_tcp_8080`, probeType: "tcp", probePort: 8080 },
		currState: i === 0 ? "nok" : "ok",
	})),
});

function setCounter(map: Parameters<typeof update>[0], counter: number, packets: number): void {
	const value = Buffer.alloc(16 * possibleCpus());
	value.writeBigUInt64LE(BigInt(packets * 100), 0);
	value.writeBigUInt64LE(BigInt(packets), 8);
	update(map, indexKey(counter), value);
}

import { describe, expect, it } from "vitest";
import { EVERY_NAME } from "./every-name.ts";
import { renderPage } from "./render-page.ts";
import { emptyTables, FIRST_POLL, FULL, fullTables, NO_DATA_PATH } from "./snapshots.ts";

/** To accept a change of the pages, run vitest with --update and read the diff. */
describe("golden pages", () => {
	it.each([
		["full", FULL, fullTables()],
		["first-poll", FIRST_POLL, emptyTables()],
		["no-data-path", NO_DATA_PATH, undefined],
	])("%s", async (name, snapshot, tables) => {
		await expect(await renderPage(snapshot, tables)).toMatchFileSnapshot(`golden/${name}.prom`);
	});

	it("every-name", async () => {
		const page = await renderPage(FULL, fullTables(), EVERY_NAME);
		await expect(page).toMatchFileSnapshot("golden/every-name.prom");
	});
});

describe("a page", () => {
	it.each([
		["the names of the contract", ["contract"]],
		["every name", EVERY_NAME],
	])("gives no series twice, nor a family, with %s", async (_, names) => {
		const lines = (await renderPage(FULL, fullTables(), names)).split("\n").filter((line) => line !== "");
		const series = lines
			.filter((line) => !line.startsWith("#"))
			.map((line) => line.slice(0, line.lastIndexOf(" ")));
		expect(new Set(series).size).toBe(series.length);
		const families = lines.filter((line) => line.startsWith("# TYPE")).map((line) => line.split(" ")[2]);
		expect(new Set(families).size).toBe(families.length);
	});

	it("is the same for the same snapshot and tables", async () => {
		expect(await renderPage(FULL, fullTables())).toBe(await renderPage(FULL, fullTables()));
	});
});

describe("endpoint verdicts", () => {
	const endpoint = { address: "10.1.0.1", port: 53, services: ["dns", "dns"] };

	it.each([
		[true, true, 1],
		[true, false, 0],
		[false, true, 0],
		[true, undefined, 1],
		[undefined, false, 0],
	])("of two protocols (%s, %s) share one series: %s", async (tcp, udp, expected) => {
		const turned = { healthy: 1, unhealthy: 0 };
		const health = [
			{ ...endpoint, protocol: "tcp" as const, healthy: tcp, durationMs: 20, turned },
			{ ...endpoint, protocol: "udp" as const, healthy: udp, durationMs: undefined, turned },
		];
		const verdicts = await renderPage({ ...NO_DATA_PATH, health }, undefined);
		expect(verdicts.match(/^lbscope_endpoint_healthy.*$/gm)).toEqual([
			`lbscope_endpoint_healthy{service="dns",dip="10.1.0.1",port="53"} ${expected}`,
		]);
		expect(verdicts.match(/^lbscope_endpoint_(probe|health_tr).*$/gm)).toEqual([
			'lbscope_endpoint_probe_duration_seconds{service="dns",dip="10.1.0.1",port="53"} 0.02',
			'lbscope_endpoint_health_transitions_total{service="dns",dip="10.1.0.1",port="53",to="healthy"} 2',
			'lbscope_endpoint_health_transitions_total{service="dns",dip="10.1.0.1",port="53",to="unhealthy"} 0',
		]);
	});
});

describe("firewall rules", () => {
	it("of one name share a series, so that the rules still sum to the total", async () => {
		const rule = { name: "bogons", bytes: 0 };
		const dataPath = FULL.dataPath && {
			...FULL.dataPath,
			firewall: [
				{ ...rule, action: "drop" as const, packets: 1 },
				{ ...rule, action: "drop" as const, packets: 2 },
				{ ...rule, action: "count" as const, packets: 4 },
			],
		};
		const page = await renderPage({ ...FULL, dataPath }, undefined);
		expect(page.match(/^(total_fw|firewall|lbscope_firewall).*$/gm)).toEqual([
			"total_fw_drops 3",
			'total_fw_drops_per_rule{fw_rule="bogons"} 3',
			"firewall_rules_count 3",
			'lbscope_firewall_matched_packets_total{fw_rule="bogons"} 4',
		]);
	});
});

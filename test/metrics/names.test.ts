import { describe, expect, it } from "vitest";
import { CLIENT_SERIES_NAMES } from "../../src/config/config.ts";
import { CATALOGUE } from "../../src/metrics/catalogue.ts";
import { allNames, type ChosenNames, namesOf } from "../../src/metrics/names.ts";
import { EVERY_NAME } from "./every-name.ts";
import { renderPage } from "./render-page.ts";
import { FULL, fullTables } from "./snapshots.ts";

/** "type name" of each name of the family. */
function shown(family: string, chosen: ChosenNames): string[] {
	const found = CATALOGUE.find(({ name }) => name === family);
	if (!found) throw new Error(`no family ${family}`);
	return namesOf(found, chosen).map(({ name, type }) => `${type} ${name}`);
}

describe("the names of a family", () => {
	it("are its own unless others are chosen", () => {
		expect(shown("healthy_endpoints_count", ["contract"])).toEqual(["gauge healthy_endpoints_count"]);
	});

	it("are those of each chosen set, its own first", () => {
		expect(shown("healthy_endpoints_count", ["loxilb_legacy", "loxilb", "contract"])).toEqual([
			"gauge healthy_endpoints_count",
			"gauge loxilb_healthy_endpoints",
			"gauge healthy_host_count",
		]);
	});

	it("are one where sets agree", () => {
		expect(shown("total_errors", ["contract", "loxilb_legacy"])).toEqual(["counter total_errors"]);
		expect(shown("total_errors", ["loxilb_legacy"])).toEqual(["counter total_errors"]);
	});

	it("are none where no chosen set knows it", () => {
		expect(shown("rps_requests", ["loxilb", "loxilb_legacy"])).toEqual([]);
		expect(shown("system_cpu_utilization", ["loxilb_legacy"])).toEqual([]);
	});

	it("are counters where LoxiLB has one and the contract a gauge", () => {
		expect(shown("total_fw_drops", ["contract", "loxilb", "loxilb_legacy"])).toEqual([
			"gauge total_fw_drops",
			"counter loxilb_fw_drop_packets_total",
		]);
	});

	it("of clients come with no set but the contract", () => {
		expect(shown("client_traffic_packets", ["contract", "loxilb"])).toEqual([
			"counter client_traffic_packets",
		]);
		expect(shown("lb_rule_interaction_bytes", ["loxilb", "loxilb_legacy"])).toEqual([]);
	});

	it("of clients come when they are asked for by name", () => {
		const chosen = ["loxilb", "lb_rule_interaction_bytes", "loxilb_client_traffic_packets_total"];
		expect(shown("client_traffic_packets", chosen)).toEqual(["counter loxilb_client_traffic_packets_total"]);
		expect(shown("lb_rule_interaction_bytes", chosen)).toEqual(["counter lb_rule_interaction_bytes"]);
	});

	it("are one, whatever is chosen, for a family of ours", () => {
		expect(shown("lbscope_service_info", ["loxilb"])).toEqual(["gauge lbscope_service_info"]);
	});
});

describe("the names of the catalogue", () => {
	it("belong to one family each", () => {
		const names = CATALOGUE.flatMap((family) => [...new Set(allNames(family).map(([, name]) => name))]);
		expect(new Set(names).size).toBe(names.length);
	});

	it("of clients are those that a configuration may ask for one by one", () => {
		const names = CATALOGUE.filter((family) => "table" in family).flatMap((family) =>
			allNames(family).map(([, name]) => name),
		);
		expect([...new Set(names)].sort()).toEqual([...CLIENT_SERIES_NAMES].sort());
	});
});

describe("a page with every name", () => {
	it("says the same under each name of a family", async () => {
		const page = await renderPage(FULL, fullTables(), EVERY_NAME);
		const linesOf = (wanted: string) =>
			page
				.split("\n")
				.filter((line) => new RegExp(`^${wanted}[{ ]`).test(line))
				.map((line) => line.slice(wanted.length).replace(/ 0+(?=\d)/, " "));
		for (const family of CATALOGUE) {
			const names = namesOf(family, EVERY_NAME);
			if (names.length === 1) continue;
			const own = linesOf(family.name);
			expect(own).not.toHaveLength(0);
			for (const { name } of names) expect([name, linesOf(name)]).toEqual([name, own]);
		}
	});
});

/** Rules as Prometheus evaluates them beside its scrapes. */
import { expect, test } from "vitest";
import { rulesIn } from "../../rules/rule-files.ts";
import type { LabData } from "./lab-data.ts";

const RECORDS = rulesIn("recording-rules");

interface RulesAnswer {
	readonly data: {
		readonly groups: readonly {
			readonly rules: readonly { readonly name: string; readonly type: string; readonly health: string }[];
		}[];
	};
}

export function testRules(data: () => LabData): void {
	test.each(["scrape", "global"] as const)("work in the Prometheus called %s", async (name) => {
		const { data: found } = await data().apis[name].ask<RulesAnswer>("rules");
		const rules = found.groups.flatMap((group) => group.rules);
		expect(rules.filter(({ health }) => health !== "ok")).toEqual([]);
		const records = rules.filter(({ type }) => type === "recording").map((rule) => rule.name);
		const files = name === "global" ? ["cluster"] : ["balance", "flows"];
		const shipped = RECORDS.filter(({ file }) => files.includes(file.replace(/^.*\/(.*)\.yaml$/, "$1")));
		expect(records.sort()).toEqual(shipped.map(({ record }) => record).sort());
	});

	test.each(RECORDS.map(({ record = "" }) => record))("%s has series, and numbers only", async (record) => {
		const { apis, busySeconds, endSeconds } = data();
		const place = record.startsWith("cluster") ? "global" : "scrape";
		const samples = await apis[place].query(record, place === "global" ? endSeconds : busySeconds);
		expect(samples.length, "series").toBeGreaterThan(0);
		for (const { labels, value } of samples) expect(value, JSON.stringify(labels)).not.toBeNaN();
	});

	test("has alerts that are on: endpoints that are down for good, and nothing that is not so", async () => {
		const { apis, endSeconds } = data();
		const alerts = await apis.scrape.query("ALERTS", endSeconds);
		const names = new Set(alerts.map(({ labels }) => labels.alertname));
		expect([...names]).toEqual(expect.arrayContaining(["AllEndpointsDown", "UnhealthyEndpoints"]));
		for (const name of ["LbscopeDown", "LbscopeProgramDetached", "FlowTableNearlyFull"])
			expect(names).not.toContain(name);
	});
}

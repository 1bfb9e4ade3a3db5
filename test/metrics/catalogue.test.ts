import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CATALOGUE } from "../../src/metrics/catalogue.ts";
import type { Family } from "../../src/metrics/family.ts";
import type { Snapshot } from "../../src/model/snapshot.ts";
import { FULL, fullTables } from "./snapshots.ts";

/** Lines of "name type labels", see the file. */
function contractRows(): string[][] {
	const text = readFileSync(new URL("contract.txt", import.meta.url), "utf8");
	return text
		.split("\n")
		.filter((line) => line !== "" && !line.startsWith("#"))
		.map((line) => line.split(/\s+/));
}

const RULE = { label: "web", seenFlows: 1, ruleTraffic: { bytes: 1, packets: 1 } };
/** With what only LoxiLB's maps tell. */
const TOLD: Snapshot = {
	...FULL,
	dataPath: FULL.dataPath && {
		...FULL.dataPath,
		loxilb: { services: [RULE], missedFlows: 1, unattributed: { bytes: 1, packets: 1 } },
	},
};

function labelValuesOf(family: Family): (readonly string[])[] {
	if ("table" in family) return [fullTables()[family.table].labels(0)];
	const samples: (readonly string[])[] = [];
	family.samples(TOLD, (_, ...values) => samples.push(values));
	return samples;
}

describe("the catalogue", () => {
	it("has the 42 names of the contract with their types and labels, and else only lbscope_*", () => {
		const foreign = CATALOGUE.filter(({ name }) => !name.startsWith("lbscope_"));
		const rows = foreign.map(({ name, type, labels }) => [name, type, ...labels].join(" "));
		expect(rows).toHaveLength(42);
		expect(rows.sort()).toEqual(
			contractRows()
				.map((row) => row.join(" "))
				.sort(),
		);
	});

	it("names no family twice", () => {
		expect(new Set(CATALOGUE.map(({ name }) => name)).size).toBe(CATALOGUE.length);
	});

	it("says that the capacity units are not those of AWS", () => {
		expect(CATALOGUE.find(({ name }) => name === "consumed_lcus")?.help).toContain("no AWS LCU");
	});

	it.each(CATALOGUE.map((family) => [family.name, family] as const))(
		"%s gives a value for each label, and a sentence of help",
		(_, family) => {
			const samples = labelValuesOf(family);
			expect(samples).not.toHaveLength(0);
			for (const values of samples) expect(values).toHaveLength(family.labels.length);
			expect(family.help).toMatch(/^\S.*\.$/);
		},
	);

	it.each(["pairs", "clients"])("gives all families of the table of %s the same labels", (table) => {
		const families = CATALOGUE.filter((family) => "table" in family && family.table === table);
		expect(new Set(families.map(({ labels }) => labels.join(" "))).size).toBe(1);
	});
});

/** Alerts, recording rules and the queries of the documentation: that they can work, and that they were seen to. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { labelsOf } from "./promql.ts";
import { expectations, filesIn, groupNames, queriesIn, type Rule, rulesIn, textOf } from "./rule-files.ts";
import { metricsWithRecords } from "./with-records.ts";

const ALERTS = rulesIn("alerts");
const RECORDS = rulesIn("recording-rules");
const PAGES = filesIn("docs/alerts", ".md");
const QUERIES = ["docs/queries.md", ...PAGES].flatMap((file) =>
	queriesIn(file).map(({ query, said }) => ({ file, query, said })),
);
const EXPECTATIONS = expectations();
const METRICS = await metricsWithRecords();

/** Nobody would be told which node it is about; of a job without targets there is none. */
const WITHOUT_INSTANCE = new Set(["LbscopeAbsent"]);
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

function named(rules: readonly Rule[]) {
	return rules.map((rule) => [(rule.alert ?? rule.record) as string, rule] as const);
}

function promtool(...args: string[]) {
	const { status, stdout, stderr } = spawnSync("promtool", args, { cwd: ROOT, encoding: "utf8" });
	return { status, output: `${stdout}\n${stderr}` };
}

/** Where promtool must be, a skip would hide that it is not. */
const skipped = process.env.CI === undefined && spawnSync("promtool", ["--version"]).error !== undefined;

describe.skipIf(skipped)("promtool (from the Debian package prometheus)", { timeout: 60_000 }, () => {
	it("accepts every rule file", () => {
		const files = [...filesIn("alerts", ".yaml"), ...filesIn("recording-rules", ".yaml")];
		const { status, output } = promtool("check", "rules", "--lint=all", "--lint-fatal", ...files);
		expect(status, output).toBe(0);
	});

	it.each(filesIn("test/rules", ".test.yaml"))("sees %s come true", (file) => {
		const { status, output } = promtool("test", "rules", file);
		expect(status, output).toBe(0);
	});

	it("accepts every query of the documentation", () => {
		const folder = mkdtempSync(join(tmpdir(), "lbscope-queries-"));
		const file = join(folder, "queries.yaml");
		const rules = QUERIES.map(({ query }, i) => ({ record: `query_${i}`, expr: query }));
		writeFileSync(file, stringify({ groups: [{ name: "queries", rules }] }));
		const { status, output } = promtool("check", "rules", file);
		rmSync(folder, { recursive: true });
		expect(status, output).toBe(0);
	});
});

describe.each(named(ALERTS))("the alert %s", (name, rule) => {
	it("names what exists, can match, and gives series and no bare number", () => {
		// labelsOf() throws at an unknown name or label, and at sides that can never match; of a number it gives undefined.
		expect(labelsOf(rule.expr, METRICS)).toBeInstanceOf(Set);
	});

	it("has a test in which it fires and one in which it is silent", () => {
		const tests = EXPECTATIONS.filter(({ of }) => of === name);
		expect(new Set(tests.map(({ something }) => something))).toEqual(new Set([true, false]));
	});

	it("says where, with labels that it has", () => {
		const labels = labelsOf(rule.expr, METRICS) ?? new Set<string>();
		const { summary = "", description = "" } = rule.annotations ?? {};
		const used = [...`${summary}${description}`.matchAll(/\$labels\.(\w+)/g)].map(([, label = ""]) => label);
		expect([...labels]).toEqual(expect.arrayContaining(used));
		if (WITHOUT_INSTANCE.has(name)) return;
		expect(summary).toContain("$labels.instance");
		if (labels.has("service")) expect(summary).toContain("$labels.service");
	});

	it("has a severity and a page", () => {
		expect(["critical", "warning", "info"]).toContain(rule.labels?.severity);
		expect(rule.annotations?.runbook).toBe(`docs/alerts/${name}.md`);
		expect(PAGES).toContain(`docs/alerts/${name}.md`);
	});
});

describe.each(named(RECORDS))("the recording rule %s", (name, rule) => {
	it("names what exists, and mixes nodes only when it says so", () => {
		const labels = [...(labelsOf(rule.expr, METRICS) ?? [])];
		if (!name.startsWith("cluster"))
			return expect(labels).toEqual(expect.arrayContaining(["job", "instance"]));
		expect(labels).toEqual(expect.arrayContaining(["cluster", "job"]));
		expect(labels).not.toContain("instance");
	});

	it("has a test with a result and one without", () => {
		const tests = EXPECTATIONS.filter(({ of }) => of.includes(name));
		expect(new Set(tests.map(({ something }) => something))).toEqual(new Set([true, false]));
	});
});

describe("the rules together", () => {
	it("have names of their own", () => {
		const names = [...named(ALERTS), ...named(RECORDS)].map(([name]) => name);
		expect(new Set(names).size).toBe(names.length);
		const groups = [...groupNames("alerts"), ...groupNames("recording-rules")];
		expect(new Set(groups).size).toBe(groups.length);
	});

	it("have as many pages as there are alerts, each headed by its alert and its severity", () => {
		expect(PAGES).toEqual(ALERTS.map(({ alert }) => `docs/alerts/${alert}.md`).sort());
		for (const { alert, labels } of ALERTS) {
			expect(textOf(`docs/alerts/${alert}.md`)).toMatch(
				new RegExp(`^# ${alert}\n\n${labels?.severity} · [^]*\n## What it means\n[^]*\n## What to do\n`),
			);
		}
	});
});

describe("the queries of the documentation", () => {
	it.each(QUERIES)("$file: $query", ({ query }) => {
		expect(() => labelsOf(query, METRICS)).not.toThrow();
	});

	it("each say what they answer", () => {
		const silent = QUERIES.filter(({ file, said }) => file === "docs/queries.md" && !/\w.*\.$/.test(said));
		expect(silent).toEqual([]);
	});

	it("are all found", () => {
		const fences = textOf("docs/queries.md").match(/^```promql$/gm) ?? [];
		expect(QUERIES.filter(({ file }) => file === "docs/queries.md")).toHaveLength(fences.length);
	});
});

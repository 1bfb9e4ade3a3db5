/** Names that come from outside, by every way in which they do: none forges a series or a line, or steers a terminal. */
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { interfaceLabel } from "../src/bpf/find-interfaces.ts";
import { parseConfig } from "../src/config/parse-config.ts";
import { formatProblem } from "../src/config/problem.ts";
import type { Discovered } from "../src/discovery/discovery.ts";
import { buildServices } from "../src/discovery/kubernetes/build-services.ts";
import { servicesOfRule } from "../src/discovery/loxilb/rules.ts";
import { mergeServices } from "../src/discovery/merge.ts";
import { runInSlices } from "../src/discovery/run-in-slices.ts";
import { reportJson, reportLines } from "../src/doctor/report.ts";
import { dropRules } from "../src/firewall/host-firewall-rules.ts";
import { createLog } from "../src/log.ts";
import { HOSTILE, STEERING } from "./hostile-names.ts";
import { renderPage } from "./metrics/render-page.ts";
import { FULL, fullTables } from "./metrics/snapshots.ts";

/** The ways in: each gives the labels that come of a name. */
const WAYS: Readonly<Record<string, (name: string) => string[] | Promise<string[]>>> = {
	kubernetes: async (name) =>
		labelsOf(
			await buildServices(
				[
					{
						namespace: name,
						name,
						type: name,
						vips: ["10.0.0.1"],
						hasIPv4: true,
						hasIPv6: false,
						ports: [80, 81].map((port) => ({ name, port, protocol: "tcp" as const, nodePort: 0 })),
					},
				],
				[],
				[],
			),
		),
	loxilb: (name) =>
		labelsOf(
			servicesOfRule(
				{ serviceArguments: { externalIP: "10.0.0.1", port: 80, protocol: "tcp", name } },
				() => undefined,
				() => {},
			),
		),
	"nftables comment": (comment) => dropNames({ family: "ip", table: "t", chain: "c", handle: 1, comment }),
	"nftables table and chain": (name) => dropNames({ family: "ip", table: name, chain: name, handle: 1 }),
	interface: (name) => [
		interfaceLabel({ name, netns: undefined }),
		interfaceLabel({ name, netns: `/run/${name}` }),
	],
};

async function labelsOf(discovered: readonly Discovered[]): Promise<string[]> {
	const merged = await runInSlices(mergeServices([discovered]));
	return merged.flatMap(({ service, namespace, name, type }) => [service.label, namespace, name, type]);
}

function dropNames(rule: object): string[] {
	const expr = [{ counter: { packets: 1, bytes: 1 } }, { drop: null }];
	return dropRules([{ rule: { ...rule, expr } }]).map(({ name }) => name);
}

/** One line of the text format: a comment, or a sample whose label values hold nothing raw. */
const PAGE_LINE = /^(# (HELP|TYPE) \w+ [^\n]*|\w+(\{(\w+="([^"\\\n]|\\["\\n])*",?)*\})? \S+)$/;

async function pageWith(labels: readonly string[]): Promise<string> {
	const dataPath = FULL.dataPath && {
		...FULL.dataPath,
		firewall: labels.map((name, i) => ({ name, action: "drop" as const, packets: i, bytes: i })),
	};
	return renderPage({ ...FULL, dataPath }, fullTables());
}

describe.each(Object.entries(WAYS))("a name from %s", (_, way) => {
	test.each(HOSTILE)("%j becomes labels that steer nothing", async (name) => {
		const labels = await way(name);
		expect(labels.length).toBeGreaterThan(0);
		for (const label of labels) expect(label).not.toMatch(STEERING);
	});

	test("does so whatever it is", async () => {
		const anything = fc.string({ unit: "binary", minLength: 1, maxLength: 30 });
		await fc.assert(
			fc.asyncProperty(anything, async (name) => {
				for (const label of await way(name)) expect(label).not.toMatch(STEERING);
			}),
			{ numRuns: 60 },
		);
	});
});

describe("all of them together", () => {
	async function allLabels(): Promise<string[]> {
		const labels = await Promise.all(HOSTILE.flatMap((name) => Object.values(WAYS).map((way) => way(name))));
		return [...new Set(labels.flat())];
	}

	test("add no line to the page but their own", async () => {
		const labels = await allLabels();
		const [page, plain] = [await pageWith(labels), await pageWith(labels.map((_, i) => `rule${i}`))];
		const lines = page.trimEnd().split("\n");
		expect(lines).toHaveLength(plain.trimEnd().split("\n").length);
		expect(lines.filter((line) => !PAGE_LINE.test(line))).toEqual([]);
		expect(page).not.toMatch(/^lbscope_forged_total/m);
	});

	test.skipIf(process.env.CI === undefined && spawnSync("promtool").error)(
		"leave a page that promtool can read (needs promtool)",
		async () => {
			const input = await pageWith(await allLabels());
			const { stderr } = spawnSync("promtool", ["check", "metrics"], { input, encoding: "utf8" });
			expect(stderr).not.toMatch(/error while|parsing/);
		},
	);

	test("are one line each in the log", () => {
		const written: string[] = [];
		const log = createLog("info", (line) => void written.push(line));
		for (const reason of HOSTILE) log.warn("left out", { source: "kubernetes", reason });
		expect(written).toHaveLength(HOSTILE.length);
		for (const line of written) {
			expect(line).toMatch(/^time=\S+ level=warn event="left out" source=kubernetes reason=[^\n]*\n$/);
			expect(line.trimEnd()).not.toMatch(STEERING);
		}
	});

	test("are one line each of lbscope doctor, and strings of its JSON", () => {
		const findings = HOSTILE.map((text) => ({
			check: "interfaces",
			status: "warn" as const,
			text,
			todo: text,
		}));
		const lines = reportLines(findings);
		expect(lines).toHaveLength(HOSTILE.length);
		for (const line of lines) expect(line).not.toMatch(STEERING);
		expect(JSON.parse(reportJson("1", findings)).facts.map(({ text }: { text: string }) => text)).toEqual(
			HOSTILE,
		);
	});

	test("are no names in a configuration, and are shown harmless where they are refused", () => {
		for (const name of HOSTILE.filter((each) => STEERING.test(each))) {
			const file = JSON.stringify({ services: [{ name, vip: "10.0.0.1", port: 80 }] });
			const result = parseConfig(file, "file.yaml");
			if (!("problems" in result)) throw new Error(`${JSON.stringify(name)} is taken`);
			expect(result.problems.length).toBeGreaterThan(0);
			for (const line of result.problems.map(formatProblem).join("\n").split("\n"))
				expect(line).not.toMatch(STEERING);
		}
	});
});

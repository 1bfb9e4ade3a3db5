/** The shipped dashboards, without a Prometheus: that they hang together, and that what they name exists. */
import { describe, expect, it } from "vitest";
import { labelsOf } from "../rules/promql.ts";
import { filesIn } from "../rules/rule-files.ts";
import { metricsWithRecords } from "../rules/with-records.ts";
import { BOARDS, expand, type Panel, type PanelQuery, queriesOf } from "./boards.ts";

const METRICS = await metricsWithRecords();
const PAGES = filesIn("docs/alerts", ".md");
const COLUMNS = 24;
/** Any value, to have something that parses. */
const VALUES = {
	...{ cluster: ".*", job: ["lbscope"], instance: ["a:1"], service: ".*", endpoint: ".*" },
	...{ __rate_interval: "1m", datasource: "x", docs: "docs" },
};

function named(queries: readonly PanelQuery[]) {
	return queries.map((query) => [query.name, query] as const);
}

function cellsOf({ gridPos: { x, y, w, h } }: Panel): string[] {
	return Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`);
}

describe("the dashboards", () => {
	it("are seven, each with a uid of its own and no id of any one Grafana", () => {
		expect(BOARDS.map(({ uid }) => uid)).toEqual(
			BOARDS.map(({ file }) => file.replace(/^dashboards\/(.*)\.json$/, "lbscope-$1")),
		);
		expect(BOARDS).toHaveLength(7);
		for (const { id } of BOARDS) expect(id).toBeNull();
	});
});

describe.each(BOARDS.map((board) => [board.title, board] as const))("the dashboard %s", (_, board) => {
	it("has panels with ids of their own, which do not overlap", () => {
		const ids = board.panels.map(({ id }) => id);
		expect(new Set(ids).size).toBe(ids.length);
		const cells = board.panels.flatMap(cellsOf);
		expect(new Set(cells).size).toBe(cells.length);
		for (const { gridPos } of board.panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(COLUMNS);
	});

	it("asks the data source that is chosen, everywhere", () => {
		const panels = board.panels.filter(({ type }) => type !== "row");
		const asked = panels.flatMap(({ datasource, targets = [] }) => [
			datasource,
			...targets.map((target) => target.datasource),
		]);
		expect(new Set(asked.map((datasource) => datasource?.uid))).toEqual(new Set(["$datasource"]));
	});

	it("has panels that say what they show, and in which unit", () => {
		for (const panel of board.panels.filter(({ type }) => type !== "row")) {
			expect(panel.description, panel.title).toMatch(/\w.*\.$/);
			expect(panel.fieldConfig?.defaults.unit, panel.title).toMatch(/^\w+$/);
		}
	});

	it("has variables for the data source, the nodes and what it uses; all may be chosen", () => {
		const { list } = board.templating;
		const names = list.map(({ name }) => name);
		expect(names).toEqual(expect.arrayContaining(["datasource", "cluster", "job", "instance", "docs"]));
		const used = JSON.stringify(board).matchAll(/\$\{?([a-z_]\w*)/g);
		const builtIn = ["__rate_interval", "__all"];
		expect([...names, ...builtIn]).toEqual(expect.arrayContaining([...used].map(([, name]) => name)));
		for (const { type, multi, includeAll } of list.filter(({ type }) => type === "query")) {
			expect([type, multi, includeAll]).toEqual(["query", true, true]);
		}
	});

	it("asks for the values of variables in words that exist", () => {
		for (const { definition = "", type } of board.templating.list.filter(({ type }) => type === "query")) {
			const [, selector = "", label = ""] = /^label_values\((.*), (\w+)\)$/.exec(definition) ?? [];
			const labels = labelsOf(expand(selector, VALUES), METRICS);
			expect([type, label === "cluster" || labels?.has(label)]).toEqual(["query", true]);
		}
	});

	it("links to pages of alerts that there are", () => {
		const urls = board.panels.flatMap(({ links = [] }) => links.map(({ url }) => url));
		expect(PAGES).toEqual(expect.arrayContaining(urls.map((url) => expand(url, VALUES))));
	});

	it.each(named(queriesOf(board)))("names what exists in %s", (_name, { target }) => {
		const labels = labelsOf(expand(target.expr, VALUES), METRICS);
		expect(labels).toBeInstanceOf(Set);
		const shown = [...(target.legendFormat ?? "").matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
		const optional = ["cluster"];
		expect([...(labels ?? []), ...optional]).toEqual(expect.arrayContaining(shown));
	});

	it.each(named(queriesOf(board)))(
		"takes rates over as much time as Grafana says in %s",
		(_name, { target }) => {
			const windows = [...target.expr.matchAll(/\brate\([^[]*\[([^\]]*)\]/g)].map(([, window]) => window);
			expect(windows.filter((window) => window !== "$__rate_interval")).toEqual([]);
		},
	);
});

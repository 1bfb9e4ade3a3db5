/** What the panels of the dashboards show. */
import { expect, test } from "vitest";
import { BOARDS, type PanelQuery, queriesOf } from "../../dashboards/boards.ts";
import type { Curve } from "./api.ts";
import { askAsGrafana, type Chosen } from "./grafana.ts";
import type { LabData } from "./lab-data.ts";

const PANELS = BOARDS.flatMap(queriesOf).map((query) => [query.name, query] as const);

function panelQuery(title: string, refId: string): PanelQuery {
	const found = PANELS.find(([, { panel, target }]) => panel.title === title && target.refId === refId);
	if (!found) throw new Error(`no panel ${title} has a query ${refId}`);
	return found[1];
}

export function testDashboards(data: () => LabData): void {
	/** What whole clusters do is known where the rules are that record it. */
	const placeOf = ({ target }: PanelQuery) => (/cluster\w*:/.test(target.expr) ? "global" : "scrape");

	const ask = (query: PanelQuery, chosen: Partial<Chosen>) => {
		const { apis, exporter, startSeconds, busySeconds, endSeconds } = data();
		const place = placeOf(query);
		const node = { job: ["lbscope"], instance: [new URL(exporter.url).host] };
		const range = { startSeconds, endSeconds, stepSeconds: 1 };
		const window = { range, atSeconds: busySeconds, scrapeSeconds: place === "global" ? 6 : 1 };
		return askAsGrafana(apis[place], query, { ...node, ...chosen }, window);
	};

	test.each(PANELS)("%s: has data, and numbers only", async (_name, query) => {
		const curves = await ask(query, {});
		expect(curves.length, "series").toBeGreaterThan(0);
		for (const { labels, values } of curves) expect(values, JSON.stringify(labels)).not.toContain(Number.NaN);
	});

	test.each(PANELS)("%s: has nothing but what is chosen", async (_name, query) => {
		const chosen = { service: ["web", "dns"], endpoint: ["10.20.1.2"] };
		for (const [variable, label] of [
			["service", "service"],
			["endpoint", "dip"],
		] as const) {
			if (!query.target.expr.includes(`$${variable}"`)) continue;
			const curves = await ask(query, chosen);
			const others = curves.filter(
				({ labels }) => !chosen[variable].includes(labels[label] ?? chosen[variable][0] ?? ""),
			);
			expect(others).toEqual([]);
		}
	});

	test("draw no edge to a node that is not there, and name none twice", async () => {
		const [nodes = [], edges = []] = await Promise.all(
			["nodes", "edges"].map((refId) => ask(panelQuery("Who talks to whom", refId), {})),
		);
		const ids = nodes.map(({ labels }) => labels.id);
		expect(new Set(ids).size).toBe(ids.length);
		expect(new Set(edges.map(({ labels }) => labels.id)).size).toBe(edges.length);
		for (const { labels } of edges)
			expect(ids).toEqual(expect.arrayContaining([labels.source, labels.target]));
	});

	test("have one row for each flow, with the three numbers in it", async () => {
		const [bytes = [], packets = [], sizes = []] = await Promise.all(
			["A", "B", "C"].map((refId) => ask(panelQuery("Flows", refId), {})),
		);
		const keyOf = ({ labels: { service, sip, dip } }: Curve) => `${service} ${sip} ${dip}`;
		const values = (curves: readonly Curve[]) =>
			new Map(curves.map((each) => [keyOf(each), each.values[0] ?? 0]));
		const rates = values(packets);
		expect([...values(bytes).keys()].sort()).toEqual([...rates.keys()].sort());
		for (const [key, size] of values(sizes))
			expect(size).toBeCloseTo((values(bytes).get(key) ?? 0) / (rates.get(key) ?? 0), 6);
	});

	test("have one cell for each client and endpoint", async () => {
		const cells = await ask(panelQuery("Client by endpoint", "A"), {});
		const keys = cells.map(({ labels }) => `${labels.sip} ${labels.dip}`);
		expect(new Set(keys).size).toBe(keys.length);
		expect(keys).toContain("10.10.1.2 10.20.1.2");
	});
}

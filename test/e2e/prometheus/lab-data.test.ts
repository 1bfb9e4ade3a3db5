/** Queries, dashboards, recording rules and databases with the numbers of a lab, of which the truth is known. */
import { describe, expect, test } from "vitest";
import { BOARDS, type PanelQuery, queriesOf } from "../../dashboards/boards.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { labelsOf } from "../../rules/promql.ts";
import { queriesIn, rulesIn } from "../../rules/rule-files.ts";
import { metricsWithRecords } from "../../rules/with-records.ts";
import { answersIn } from "./answers.ts";
import type { Curve } from "./api.ts";
import type { DatabaseName } from "./databases.ts";
import { expectAnswer } from "./expectation.ts";
import { askAsGrafana, type Chosen } from "./grafana.ts";
import { isMissing, withLabData } from "./lab-data.ts";
import { total } from "./traffic.ts";

const METRICS = await metricsWithRecords();
const QUERIES = queriesIn("docs/queries.md");
const RECORDS = rulesIn("recording-rules");
const PANELS = BOARDS.flatMap(queriesOf).map((query) => [query.name, query] as const);

interface RulesAnswer {
	readonly data: {
		readonly groups: readonly {
			readonly rules: readonly { readonly name: string; readonly type: string; readonly health: string }[];
		}[];
	};
}

function panelQuery(title: string, refId: string): PanelQuery {
	const found = BOARDS.flatMap(queriesOf).find(
		({ panel, target }) => panel.title === title && target.refId === refId,
	);
	if (!found) throw new Error(`no panel ${title} has a query ${refId}`);
	return found;
}

describeAsRoot("the numbers of a lab", 60_000, () => {
	describe.skipIf(isMissing)("in real databases", () => {
		const data = withLabData();

		test("are those that its programs counted, and all within a minute", () => {
			const { truth, page, startSeconds, atSeconds } = data();
			expect(page.value("total_requests")).toBe(total(truth.requests));
			expect(page.value("total_errors")).toBe(total(truth.errors));
			expect(atSeconds - startSeconds).toBeLessThan(60);
		});

		describe("docs/queries.md", () => {
			/** Subqueries look at whole half minutes, of which two are needed. */
			const timeOf = (query: string) => (query.includes(":30s]") ? data().endSeconds : data().atSeconds);

			test("has an answer for each query, and no other", () => {
				expect(Object.keys(answersIn(data())).sort()).toEqual(QUERIES.map(({ said }) => said).sort());
			});

			test.each(QUERIES)("$said", async ({ query, said }) => {
				const { apis } = data();
				const atSeconds = timeOf(query);
				const expected = answersIn(data())[said];
				if (!expected) throw new Error("there is no answer");
				await expectAnswer(apis.scrape, query, atSeconds, expected);
				const labels = [...(labelsOf(query, METRICS) ?? []), "__name__"];
				for (const sample of await apis.scrape.query(query, atSeconds))
					expect(labels).toEqual(expect.arrayContaining(Object.keys(sample.labels)));
			});
		});

		describe("the dashboards", () => {
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
				for (const { labels, values } of curves)
					expect(values, JSON.stringify(labels)).not.toContain(Number.NaN);
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
		});

		describe("recording rules and alerts", () => {
			test.each(["scrape", "global"] as const)("work in the Prometheus called %s", async (name) => {
				const { data: found } = await data().apis[name].ask<RulesAnswer>("rules");
				const rules = found.groups.flatMap((group) => group.rules);
				expect(rules.filter(({ health }) => health !== "ok")).toEqual([]);
				const records = rules.filter(({ type }) => type === "recording").map((rule) => rule.name);
				const files = name === "global" ? ["cluster"] : ["balance", "flows"];
				const shipped = RECORDS.filter(({ file }) => files.includes(file.replace(/^.*\/(.*)\.yaml$/, "$1")));
				expect(records.sort()).toEqual(shipped.map(({ record }) => record).sort());
			});

			test.each(RECORDS.map(({ record = "" }) => record))(
				"%s has series, and numbers only",
				async (record) => {
					const { apis, busySeconds, endSeconds } = data();
					const place = record.startsWith("cluster") ? "global" : "scrape";
					const samples = await apis[place].query(record, place === "global" ? endSeconds : busySeconds);
					expect(samples.length, "series").toBeGreaterThan(0);
					for (const { labels, value } of samples) expect(value, JSON.stringify(labels)).not.toBeNaN();
				},
			);
		});

		describe("docs/scaling.md", () => {
			test("keeps clients where they are scraped", async () => {
				const { apis, endSeconds } = data();
				const clients = (name: DatabaseName) => apis[name].query('count({sip!=""})', endSeconds);
				for (const name of ["scrape", "direct"] as const) expect(await clients(name)).toHaveLength(1);
				for (const name of ["global", "1m", "5m"] as const) expect(await clients(name)).toEqual([]);
			});

			/** MetricsQL takes the sample before the window into account, so it is exact where Prometheus extrapolates. */
			test.each(["1m", "5m", "direct"] as const)("has every request and byte in %s", async (name) => {
				const { apis, endSeconds, page, truth } = data();
				const increase = async (metric: string) =>
					await apis[name].query(`increase(${metric}[1h])`, endSeconds);
				expect((await increase("total_requests")).map(({ value }) => value)).toEqual([total(truth.requests)]);
				const bytes = page.value("processed_bytes_total");
				expect((await increase("processed_bytes_total")).map(({ value }) => value)).toEqual([bytes]);
				const services = await increase("total_requests_per_service");
				const counts = services.map(({ labels, value }) => [labels.service, value]);
				expect(Object.fromEntries(counts)).toMatchObject(truth.requests);
			});

			test("sends aggregates on under the names and labels that they have", async () => {
				const { apis, exporter, endSeconds } = data();
				const instance = new URL(exporter.url).host;
				for (const name of ["global", "1m", "5m"] as const) {
					const [sample] = await apis[name].query('total_requests_per_service{service="web"}', endSeconds);
					expect(sample?.labels).toMatchObject({
						cluster: "site1",
						job: "lbscope",
						instance,
						service: "web",
					});
					const promql = "instance_service:lb_rule_interaction_bytes:active_pairs5m";
					expect(await apis[name].query(promql, endSeconds)).not.toEqual([]);
				}
			});

			/** A tenth of the intervals: one sample for each 6 and each 30 seconds. */
			test.each([
				["1m", 6],
				["5m", 30],
			] as const)("keeps one sample for each interval in %s", async (name, seconds) => {
				const { apis, startSeconds, endSeconds } = data();
				const [kept] = await apis[name].query("count_over_time(total_requests[1h])", endSeconds);
				const [all] = await apis.scrape.query("count_over_time(total_requests[1h])", endSeconds);
				expect(kept?.value).toBeGreaterThanOrEqual(Math.floor((endSeconds - startSeconds) / seconds));
				expect(kept?.value).toBeLessThanOrEqual((all?.value ?? 0) / 2);
			});

			test("counts no request twice in a cluster", async () => {
				const { apis, endSeconds, truth, page } = data();
				const value = async (promql: string) =>
					(await apis.global.query(promql, endSeconds)).map((sample) => sample.value);
				expect(await value("cluster:active_conntrack_count:sum")).toEqual([
					page.value("active_conntrack_count"),
				]);
				expect(await value("cluster:lb_rule_count:distinct")).toEqual([page.value("lb_rule_count")]);
				const [rate = 0] = await value("cluster:total_requests:rate5m");
				const [services = 0] = await value("sum(cluster_service:total_requests:rate5m)");
				expect(services).toBeCloseTo(rate, 9);
				// Extrapolated by up to half a scrape, which is 6 seconds here, on either side.
				expect(rate * 300).toBeGreaterThan(total(truth.requests) * 0.95);
				expect(rate * 300).toBeLessThan(total(truth.requests) * 1.2);
			});

			test("has alerts that are on: endpoints that are down for good, and nothing that is not so", async () => {
				const { apis, endSeconds } = data();
				const alerts = await apis.scrape.query("ALERTS", endSeconds);
				const names = new Set(alerts.map(({ labels }) => labels.alertname));
				expect([...names]).toEqual(expect.arrayContaining(["AllEndpointsDown", "UnhealthyEndpoints"]));
				for (const name of ["LbscopeDown", "LbscopeProgramDetached", "FlowTableNearlyFull"])
					expect(names).not.toContain(name);
			});
		});
	});
});

/** What docs/scaling.md says of its databases. */
import { expect, test } from "vitest";
import type { DatabaseName } from "./databases.ts";
import type { LabData } from "./lab-data.ts";
import { total } from "./traffic.ts";

export function testScaling(data: () => LabData): void {
	test("keeps clients where they are scraped", async () => {
		const { apis, endSeconds } = data();
		const clients = (name: DatabaseName) => apis[name].query('count({sip!=""})', endSeconds);
		for (const name of ["scrape", "direct"] as const) expect(await clients(name)).toHaveLength(1);
		for (const name of ["global", "1m", "5m"] as const) expect(await clients(name)).toEqual([]);
	});

	/** MetricsQL takes the sample before the window into account, so it is exact where Prometheus extrapolates. */
	test.each(["1m", "5m", "direct"] as const)("has every request and byte in %s", async (name) => {
		const { apis, endSeconds, page, truth } = data();
		const increase = async (metric: string) => await apis[name].query(`increase(${metric}[1h])`, endSeconds);
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
		expect(await value("cluster:active_conntrack_count:sum")).toEqual([page.value("active_conntrack_count")]);
		expect(await value("cluster:lb_rule_count:distinct")).toEqual([page.value("lb_rule_count")]);
		const [rate = 0] = await value("cluster:total_requests:rate5m");
		const [services = 0] = await value("sum(cluster_service:total_requests:rate5m)");
		expect(services).toBeCloseTo(rate, 9);
		// Extrapolated by up to half a scrape, which is 6 seconds here, on either side.
		expect(rate * 300).toBeGreaterThan(total(truth.requests) * 0.95);
		expect(rate * 300).toBeLessThan(total(truth.requests) * 1.2);
	});
}

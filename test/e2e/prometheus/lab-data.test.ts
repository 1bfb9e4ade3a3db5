/** Queries, dashboards, recording rules and databases with the numbers of a lab, of which the truth is known. */
import { describe, expect, test } from "vitest";
import { describeAsRoot } from "../../lab/as-root.ts";
import { testDashboards } from "./dashboards-suite.ts";
import { isMissing, withLabData } from "./lab-data.ts";
import { testQueries } from "./queries-suite.ts";
import { testRules } from "./rules-suite.ts";
import { testScaling } from "./scaling-suite.ts";
import { total } from "./traffic.ts";

describeAsRoot("the numbers of a lab", 60_000, () => {
	describe.skipIf(isMissing)("in real databases", () => {
		const data = withLabData();

		test("are those that its programs counted, and all within a minute", () => {
			const { truth, page, startSeconds, atSeconds } = data();
			expect(page.value("total_requests")).toBe(total(truth.requests));
			expect(page.value("total_errors")).toBe(total(truth.errors));
			expect(atSeconds - startSeconds).toBeLessThan(60);
		});

		describe("docs/queries.md", () => testQueries(data));
		describe("the dashboards", () => testDashboards(data));
		describe("recording rules", () => testRules(data));
		describe("docs/scaling.md", () => testScaling(data));
	});
});

import { describe, expect, test } from "vitest";
import { describeAsRoot } from "../../lab/as-root.ts";
import { isMissing, withLabData } from "./lab-data.ts";
import { total } from "./traffic.ts";

describeAsRoot("numbers of a lab in real databases", 60_000, () => {
	describe.skipIf(isMissing)("x", () => {
		const data = withLabData();
		test("truth", async () => {
			const { truth, page, startSeconds, atSeconds, apis } = data();
			console.log(JSON.stringify(truth, null, 1), atSeconds - startSeconds);
			console.log(
				page.text
					.split("\n")
					.filter((l) =>
						/^(total_req|total_err|active|inactive|total_fw|healthy|unheal|lb_rule_count|lbscope_map)/.test(
							l,
						),
					)
					.join("\n"),
			);
			for (const name of ["scrape", "global", "1m", "5m", "direct"] as const) {
				const api = apis[name];
				console.log(
					name,
					await api.query("increase(total_requests[1h])", atSeconds),
					await api.query('count({sip!=""})', atSeconds),
					await api.query('count({__name__=~".+"})', atSeconds),
					await api.query("count_over_time(total_requests[1h])", atSeconds),
				);
			}
			console.log(await apis.global.query('{__name__=~"cluster.*"}', atSeconds));
			expect(page.value("total_requests")).toBe(total(truth.requests));
			expect(page.value("total_errors")).toBe(total(truth.errors));
		});
	});
});

/** docs/queries.md: what each query gives, compared with the truth. */
import { expect, test } from "vitest";
import { labelsOf } from "../../rules/promql.ts";
import { queriesIn } from "../../rules/rule-files.ts";
import { metricsWithRecords } from "../../rules/with-records.ts";
import { answersIn } from "./answers.ts";
import { expectAnswer } from "./expectation.ts";
import type { LabData } from "./lab-data.ts";

const METRICS = await metricsWithRecords();
const QUERIES = queriesIn("docs/queries.md");

export function testQueries(data: () => LabData): void {
	/** Subqueries look at whole minutes and half minutes only. */
	const timeOf = (query: string) => (/:(30s|1m)\]/.test(query) ? data().endSeconds : data().atSeconds);

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
}

/** One lab for all tests of a suite. */
import { afterAll, beforeAll } from "vitest";
import { createLab, type Lab } from "../../scripts/lab/lab.ts";
import type { LabOptions } from "../../scripts/lab/options.ts";
import { patient } from "../../scripts/lab/patience.ts";
import type { Conversation } from "../../scripts/lab/traffic.ts";

/** Inside describe(): brings the lab up before the first test and removes it after the last. */
export function withLab(options: LabOptions): () => Lab {
	let lab: Lab | undefined;
	beforeAll(async () => {
		lab = await createLab(options);
	}, patient(20_000));
	afterAll(() => lab?.remove(), patient(20_000));
	return () => {
		if (!lab) throw new Error("the lab did not come up");
		return lab;
	};
}

export function countBy(rows: readonly Conversation[], key: "outcome" | "endpoint"): Record<string, number> {
	const counts: Record<string, number> = {};
	for (const row of rows) counts[String(row[key])] = (counts[String(row[key])] ?? 0) + 1;
	return counts;
}

export function sumOf<Row>(rows: readonly Row[], number: (row: Row) => number): number {
	return rows.reduce((sum, row) => sum + number(row), 0);
}

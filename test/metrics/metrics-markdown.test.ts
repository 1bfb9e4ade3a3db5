import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { CATALOGUE } from "../../src/metrics/catalogue.ts";
import { metricsMarkdown } from "../../src/metrics/metrics-markdown.ts";

it("METRICS.md is what the catalogue gives; `npx tsx scripts/generate-metrics-md.ts` writes it anew", () => {
	const file = new URL("../../METRICS.md", import.meta.url);
	expect(readFileSync(file, "utf8")).toBe(metricsMarkdown(CATALOGUE));
});

it("gives each section a table, and escapes what would end a cell", () => {
	const family = { type: "gauge" as const, labels: ["x", "y"], section: "One", samples: () => {} };
	const text = metricsMarkdown([
		{ ...family, name: "a", help: "This | that." },
		{ ...family, name: "b", help: "Plain.", labels: [], section: "Two" },
	]);
	expect(text).toContain("## One\n\n| name | type | labels | meaning |\n|---|---|---|---|\n");
	expect(text).toContain("| `a` | gauge | `x`, `y` | This \\| that. |\n\n## Two\n");
	expect(text).toContain("| `b` | gauge |  | Plain. |\n");
});

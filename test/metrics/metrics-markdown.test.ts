import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { CATALOGUE } from "../../src/metrics/catalogue.ts";
import { metricsMarkdown } from "../../src/metrics/metrics-markdown.ts";
import { createSelfMetrics } from "../../src/self/self-metrics.ts";

it("METRICS.md is what the catalogue and the exporter itself give; `make docs` writes it anew", async () => {
	const file = new URL("../../METRICS.md", import.meta.url);
	const self = await createSelfMetrics({ pollIntervalMs: 1 }).families();
	expect(readFileSync(file, "utf8")).toBe(metricsMarkdown(CATALOGUE, self));
});

it("gives each section a table, and escapes what would end a cell", () => {
	const family = { type: "gauge" as const, labels: ["x", "y"], section: "One", samples: () => {} };
	const own = { name: "c", type: "histogram", help: "Own.", labels: ["z"] };
	const text = metricsMarkdown(
		[
			{ ...family, name: "a", help: "This | that." },
			{ ...family, name: "b", help: "Plain.", labels: [], section: "Two" },
		],
		[own],
	);
	expect(text).toContain("| `c` | histogram | `z` | Own. |\n");
	expect(text).toContain("## One\n\n| name | type | labels | meaning |\n|---|---|---|---|\n");
	expect(text).toContain("| `a` | gauge | `x`, `y` | This \\| that. |\n\n## Two\n");
	expect(text).toContain("| `b` | gauge |  | Plain. |\n");
});

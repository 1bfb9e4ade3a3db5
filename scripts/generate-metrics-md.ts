/** Writes METRICS.md from the catalogue; with --check only says whether it is up to date (exit code 1 when not). */
import { readFileSync, writeFileSync } from "node:fs";
import { CATALOGUE } from "../src/metrics/catalogue.ts";
import { metricsMarkdown } from "../src/metrics/metrics-markdown.ts";
import { createSelfMetrics } from "../src/self/self-metrics.ts";

const file = new URL("../METRICS.md", import.meta.url);
const wanted = metricsMarkdown(CATALOGUE, await createSelfMetrics({ pollIntervalMs: 1 }).families());

if (!process.argv.includes("--check")) {
	writeFileSync(file, wanted);
} else if (readIfThere(file) !== wanted) {
	console.error("METRICS.md is stale, expected what `npx tsx scripts/generate-metrics-md.ts` writes");
	process.exitCode = 1;
}

function readIfThere(path: URL): string | undefined {
	try {
		return readFileSync(path, "utf8");
	} catch {
		return undefined;
	}
}

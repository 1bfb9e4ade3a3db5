/** One exporter for all tests of a suite, started while its lab is still quiet. */
import { afterAll, beforeAll } from "vitest";
import type { Lab } from "../../scripts/lab/lab.ts";
import { type Exporter, startExporter } from "./exporter.ts";

/** Inside describe(), behind withLab(). */
export function withExporter(
	lab: () => Lab,
	overrides: Readonly<Record<string, unknown>> = {},
): () => Exporter {
	let exporter: Exporter | undefined;
	beforeAll(async () => {
		exporter = await startExporter(lab(), overrides);
	}, 30_000);
	afterAll(async () => void (await exporter?.stop()), 10_000);
	return () => {
		if (!exporter) throw new Error("the exporter did not start");
		return exporter;
	};
}

/** One exporter for all tests of a suite, started while its lab is still quiet. */
import { afterAll, beforeAll } from "vitest";
import type { Lab } from "../../scripts/lab/lab.ts";
import { patient } from "../../scripts/lab/patience.ts";
import { type Exporter, startExporter } from "./exporter.ts";

type Overrides = Readonly<Record<string, unknown>>;

/** Inside describe(), behind withLab(). */
export function withExporter(lab: () => Lab, overrides: Overrides | (() => Overrides) = {}): () => Exporter {
	let exporter: Exporter | undefined;
	beforeAll(async () => {
		exporter = await startExporter(lab(), typeof overrides === "function" ? overrides() : overrides);
	}, patient(30_000));
	afterAll(async () => void (await exporter?.stop()), patient(10_000));
	return () => {
		if (!exporter) throw new Error("the exporter did not start");
		return exporter;
	};
}

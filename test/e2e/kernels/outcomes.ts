/** What the kernels' test runs came to, as files: those who boot them and those who look are not in one process. */
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { FileResult } from "../../../scripts/kernels/file-reporter.ts";

export type Outcome =
	| { readonly missing: string }
	| { readonly console: string; readonly results: readonly FileResult[] };

declare module "vitest" {
	interface ProvidedContext {
		/** Folder of the outcomes. */
		readonly kernelOutcomes: string;
	}
}

/** There as a whole, or not at all. */
export async function writeOutcome(folder: string, version: string, outcome: Outcome): Promise<void> {
	const path = join(folder, version);
	await writeFile(`${path}.part`, JSON.stringify(outcome));
	await rename(`${path}.part`, path);
}

/** Undefined: it has not ended. */
export async function readOutcome(folder: string, version: string): Promise<Outcome | undefined> {
	const text = await readFile(join(folder, version), "utf8").catch((error: NodeJS.ErrnoException) => {
		if (error.code !== "ENOENT") throw error;
	});
	return text === undefined ? undefined : (JSON.parse(text) as Outcome);
}

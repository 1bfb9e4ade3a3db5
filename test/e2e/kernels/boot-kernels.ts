/**
 * Boots the kernels when the test run begins, and lets them run beside the other tests, which they leave the CPUs to:
 * emulated, they take a quarter of an hour, and the others wait for the better part of theirs.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import type { FileResult } from "../../../scripts/kernels/file-reporter.ts";
import { fetchKernel, runInGuest } from "./guest.ts";
import { type Outcome, writeOutcome } from "./outcomes.ts";
import { GUEST_MS, KERNELS, type Kernel } from "./selection.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const PATIENCE = 6;

const stopping = new AbortController();
let running: Promise<unknown> = Promise.resolve();
let folder: string | undefined;

export async function setup(project: TestProject): Promise<void> {
	if (process.getuid?.() !== 0) return project.provide("kernelOutcomes", "");
	const outcomes = await mkdtemp(join(tmpdir(), "lbscope-kernels-"));
	folder = outcomes;
	project.provide("kernelOutcomes", outcomes);
	running = Promise.allSettled(
		KERNELS.map(async (kernel) => writeOutcome(outcomes, kernel.version, await tryKernel(kernel))),
	);
}

/** Also when the run was broken off. */
export async function teardown(): Promise<void> {
	stopping.abort();
	await running;
	if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}

async function tryKernel(kernel: Kernel): Promise<Outcome> {
	let files: string;
	try {
		files = await fetchKernel(kernel.release);
	} catch (missing) {
		return { missing: String(missing) };
	}
	const { console, report } = await runInGuest(files, commandOf(kernel), GUEST_MS, stopping.signal);
	const lines = report.split("\n").filter((line) => line !== "");
	return { console, results: lines.map((line) => JSON.parse(line) as FileResult) };
}

/** One process for the files of a turn: it takes the emulated machine long to start one. */
function commandOf({ turns }: Kernel): string {
	const runs = turns.map(
		(files) =>
			"node_modules/.bin/vitest run --project root --no-isolate --reporter=default " +
			`--reporter=./scripts/kernels/file-reporter.ts ${files.join(" ")}`,
	);
	return `
cd ${ROOT}
export CI=true NO_COLOR=1 LBSCOPE_GUEST=1 LBSCOPE_PATIENCE=${PATIENCE} LBSCOPE_REPORT=/run/share/report
${runs.join("\n")}
`;
}

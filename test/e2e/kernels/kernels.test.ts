/** The programs and the exporter on the kernels of Debian's releases: tests of this repository, run in emulated machines. */
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import type { FileResult } from "../../../scripts/kernels/file-reporter.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { fetchKernel, type GuestRun, runInGuest } from "./guest.ts";
import { EVERYTHING, SOME } from "./selection.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const IS_ALL = process.env.LBSCOPE_KERNELS === "all";
/** Both kernels run at once, each on a CPU of its own, ten times slower than that. */
const GUEST_MS = IS_ALL ? 3_600_000 : 900_000;
const PATIENCE = 6;
const FETCH_MS = 200_000;
const KERNELS = [
	{ release: "bookworm", version: "6.1" },
	{ release: "trixie", version: "6.12" },
].map((kernel) => ({ ...kernel, turns: (IS_ALL ? EVERYTHING : SOME[kernel.version]) ?? [] }));
type Kernel = (typeof KERNELS)[number];

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

type Outcome = { readonly missing: unknown } | (GuestRun & { readonly results: readonly FileResult[] });

describeAsRoot("other kernels", 60_000, () => {
	const outcomes = new Map<string, Outcome>();
	beforeAll(async () => {
		const runs = KERNELS.map(async (kernel) => {
			const { release, version, turns } = kernel;
			const outcome = await tryKernel(kernel);
			outcomes.set(version, outcome);
			console.log(`Linux ${version} of Debian ${release}: ${summaryOf(outcome, turns.flat().length)}`);
		});
		await Promise.all(runs);
	}, GUEST_MS + FETCH_MS);

	const cases = KERNELS.flatMap(({ version, turns }) => turns.flat().map((file) => ({ version, file })));
	test.for(cases)("Linux $version passes $file", ({ version, file }, context) => {
		const outcome = outcomes.get(version);
		if (!outcome) throw new Error(`Linux ${version} was not tried`);
		if ("missing" in outcome) {
			// Where a kernel is promised, a skip would hide that it did not come.
			if (process.env.CI !== undefined) throw outcome.missing;
			return context.skip(`no kernel: ${outcome.missing}`);
		}
		const result = outcome.results.find((each) => each.file === file);
		if (!result) throw new Error(`It did not end in the guest, whose console says:\n${outcome.console}`);
		expect(result.failed).toEqual([]);
		expect(result.skipped).toEqual([]);
		expect(result.passed).toBeGreaterThan(0);
	});
});

async function tryKernel(kernel: Kernel): Promise<Outcome> {
	let folder: string;
	try {
		folder = await fetchKernel(kernel.release);
	} catch (missing) {
		return { missing };
	}
	const run = await runInGuest(folder, commandOf(kernel), GUEST_MS);
	const lines = run.report.split("\n").filter((line) => line !== "");
	return { ...run, results: lines.map((line) => JSON.parse(line) as FileResult) };
}

function summaryOf(outcome: Outcome, files: number): string {
	if ("missing" in outcome) return `not had: ${outcome.missing}`;
	const count = (number: (result: FileResult) => number) =>
		outcome.results.reduce((sum, result) => sum + number(result), 0);
	const passed = count((result) => result.passed);
	const failed = count((result) => result.failed.length);
	return `${passed} tests passed, ${failed} failed, in ${outcome.results.length} of ${files} files`;
}

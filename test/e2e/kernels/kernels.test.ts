/** The programs and the exporter on the kernels of Debian's releases: tests of this repository, run in emulated machines. */
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import type { FileResult } from "../../../scripts/kernels/file-reporter.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { fetchKernel, type GuestRun, runInGuest } from "./guest.ts";
import { selectFiles } from "./selection.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const EVERYTHING = process.env.LBSCOPE_KERNELS === "all";
const FILES = selectFiles(EVERYTHING);
/** Both kernels run at once, each on a CPU of its own, ten times slower than that. */
const GUEST_MS = EVERYTHING ? 3_600_000 : 900_000;
const PATIENCE = 6;
const FETCH_MS = 200_000;
const KERNELS = [
	{ release: "bookworm", version: "6.1" },
	{ release: "trixie", version: "6.12" },
];

/** One process for all files: it takes the emulated machine long to start one. */
const COMMAND = `
cd ${ROOT}
export CI=true NO_COLOR=1 LBSCOPE_GUEST=1 LBSCOPE_PATIENCE=${PATIENCE} LBSCOPE_REPORT=/run/share/report
exec node_modules/.bin/vitest run --project root --no-isolate \\
	--reporter=default --reporter=./scripts/kernels/file-reporter.ts ${FILES.join(" ")}
`;

type Outcome = { readonly missing: unknown } | (GuestRun & { readonly results: readonly FileResult[] });

describeAsRoot("other kernels", 60_000, () => {
	const outcomes = new Map<string, Outcome>();
	beforeAll(async () => {
		const runs = KERNELS.map(async ({ release, version }) => {
			const outcome = await tryKernel(release);
			outcomes.set(version, outcome);
			console.log(`Linux ${version} of Debian ${release}: ${summaryOf(outcome)}`);
		});
		await Promise.all(runs);
	}, GUEST_MS + FETCH_MS);

	const cases = KERNELS.flatMap(({ version }) => FILES.map((file) => ({ version, file })));
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

async function tryKernel(release: string): Promise<Outcome> {
	let kernel: string;
	try {
		kernel = await fetchKernel(release);
	} catch (missing) {
		return { missing };
	}
	const run = await runInGuest(kernel, COMMAND, GUEST_MS);
	const lines = run.report.split("\n").filter((line) => line !== "");
	return { ...run, results: lines.map((line) => JSON.parse(line) as FileResult) };
}

function summaryOf(outcome: Outcome): string {
	if ("missing" in outcome) return `not had: ${outcome.missing}`;
	const count = (number: (result: FileResult) => number) =>
		outcome.results.reduce((sum, result) => sum + number(result), 0);
	const passed = count((result) => result.passed);
	const failed = count((result) => result.failed.length);
	return `${passed} tests passed, ${failed} failed, in ${outcome.results.length} of ${FILES.length} files`;
}

/** The programs and the exporter on the kernels of Debian's releases: tests of this repository, run in emulated machines. */
import { beforeAll, expect, inject, test, vi } from "vitest";
import { describeAsRoot } from "../../lab/as-root.ts";
import { type Outcome, readOutcome } from "./outcomes.ts";
import { FETCH_MS, GUEST_MS, KERNELS, type Kernel } from "./selection.ts";

/** They were booted when the test run began: see boot-kernels.ts. */
const WITHIN_MS = FETCH_MS + GUEST_MS + 30_000;

describeAsRoot("other kernels", 60_000, () => {
	const outcomes = new Map<string, Outcome>();
	beforeAll(async () => {
		for (const kernel of KERNELS) {
			const outcome = await vi.waitUntil(() => readOutcome(inject("kernelOutcomes"), kernel.version), {
				timeout: WITHIN_MS,
				interval: 1000,
			});
			outcomes.set(kernel.version, outcome);
			console.log(summaryOf(kernel, outcome));
		}
	}, WITHIN_MS);

	const cases = KERNELS.flatMap(({ version, turns }) => turns.flat().map((file) => ({ version, file })));
	test.for(cases)("Linux $version passes $file", ({ version, file }, context) => {
		const outcome = outcomes.get(version) as Outcome;
		if ("missing" in outcome) {
			// Where a kernel is promised, a skip would hide that it did not come.
			if (process.env.CI !== undefined) throw new Error(outcome.missing);
			return context.skip(`no kernel: ${outcome.missing}`);
		}
		const result = outcome.results.find((each) => each.file === file);
		if (!result) throw new Error(`It did not end in the guest, whose console says:\n${outcome.console}`);
		expect(result.failed).toEqual([]);
		expect(result.skipped).toEqual([]);
		expect(result.passed).toBeGreaterThan(0);
	});
});

function summaryOf({ release, version, turns }: Kernel, outcome: Outcome): string {
	const kernel = `Linux ${version} of Debian ${release}`;
	if ("missing" in outcome) return `${kernel}: not had: ${outcome.missing}`;
	const { results } = outcome;
	const passed = results.reduce((sum, result) => sum + result.passed, 0);
	const failed = results.reduce((sum, result) => sum + result.failed.length, 0);
	return `${kernel}: ${passed} tests passed, ${failed} failed, in ${results.length} of ${turns.flat().length} files`;
}

/** Ends a test run with one plain line, `N passed, N failed`, that any CI can read. */
import type { Reporter, TestModule } from "vitest/node";

export class SummaryReporter implements Reporter {
	onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
		const tests = modules.flatMap((module) => [...module.children.allTests()]);
		const count = (state: string) => tests.filter((test) => test.result().state === state).length;
		const brokenFiles = modules.filter((module) => module.errors().length > 0).length;
		const skipped = count("skipped");
		const failed = count("failed") + brokenFiles + errors.length;
		console.log(`${count("passed")} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
	}
}

/** Ends a test run with one plain line, `N passed, N failed`, that any CI can read. */
import type { Reporter, TestModule } from "vitest/node";

export class SummaryReporter implements Reporter {
	onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
		const tests = modules.flatMap((module) => [...module.children.allTests()]);
		const count = (state: string) => tests.filter((test) => test.result().state === state).length;
		// A file may fail without a failed test: in a hook, or before its first line has run.
		const brokenFiles = modules.filter((module) => !module.ok() && !hasFailedTest(module)).length;
		const skipped = count("skipped");
		const failed = count("failed") + brokenFiles + errors.length;
		console.log(`${count("passed")} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
	}
}

function hasFailedTest(module: TestModule): boolean {
	return [...module.children.allTests("failed")].length > 0;
}

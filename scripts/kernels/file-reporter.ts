/** Writes what became of each test file as a line of JSON to LBSCOPE_REPORT: a guest may end before its test run does. */
import { appendFileSync } from "node:fs";
import { relative } from "node:path";
import type { Reporter, TestCase, TestModule } from "vitest/node";

export interface FileResult {
	/** From the root of the repository. */
	readonly file: string;
	readonly passed: number;
	readonly skipped: readonly string[];
	/** With what went wrong; of the file itself where it broke outside its tests. */
	readonly failed: readonly string[];
}

// biome-ignore lint/style/noDefaultExport: vitest wants it
export default class FileReporter implements Reporter {
	onTestModuleEnd(module: TestModule): void {
		const tests = [...module.children.allTests()];
		const inState = (state: string) => tests.filter((test) => test.result().state === state);
		const failed = inState("failed").map(failureOf);
		const result: FileResult = {
			file: relative(process.cwd(), module.moduleId),
			passed: inState("passed").length,
			skipped: inState("skipped").map(({ fullName }) => fullName),
			failed: failed.length === 0 && !module.ok() ? brokenParts(module) : failed,
		};
		appendFileSync(process.env.LBSCOPE_REPORT ?? "/dev/stdout", `${JSON.stringify(result)}\n`);
	}
}

function failureOf(test: TestCase): string {
	return [test.fullName, ...(test.result().errors ?? []).map(textOf)].join("\n");
}

/** Hooks of the file and of its suites. */
function brokenParts(module: TestModule): string[] {
	const suites = [...module.children.allSuites()].flatMap((suite) =>
		suite.errors().map((error) => `${suite.fullName}\n${textOf(error)}`),
	);
	return [...module.errors().map(textOf), ...suites];
}

function textOf({ message, diff, stack }: { message: string; diff?: string; stack?: string }): string {
	return [message, diff, stack].filter((part) => part !== undefined).join("\n");
}

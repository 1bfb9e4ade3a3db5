/** Files that are refused, each with the exact text that the user sees, and files that are not. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../src/config/parse-config.ts";
import { printConfig } from "../../src/config/print-config.ts";
import { formatProblem } from "../../src/config/problem.ts";

const bad = new URL("bad/", import.meta.url);
const good = new URL("good/", import.meta.url);

describe("bad", () => {
	test.each(yamlFiles(bad))("%s", (name) => {
		const result = parseConfig(read(bad, name), name);
		const shown = "problems" in result ? result.problems.map((problem) => `${formatProblem(problem)}\n`) : [];
		expect(shown.join("")).toBe(read(bad, name.replace(/yaml$/, "txt")));
	});
});

describe("good", () => {
	test.each(yamlFiles(good))("%s", (name) => {
		const result = parseConfig(read(good, name), name);
		if ("problems" in result) throw new Error(result.problems.map(formatProblem).join("\n"));
		expect(printConfig(result.config)).toBe(read(good, name.replace(/yaml$/, "txt")));
	});
});

function yamlFiles(folder: URL): string[] {
	return readdirSync(folder).filter((name) => name.endsWith(".yaml"));
}

function read(folder: URL, name: string): string {
	return readFileSync(new URL(name, folder), "utf8");
}

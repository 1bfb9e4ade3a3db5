/** Whatever the file holds, the answer is a Config or problems, within the time of a test. */
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../src/config/parse-config.ts";
import { formatProblem } from "../../src/config/problem.ts";

const corpus = ["bad/", "good/"].flatMap((folder) => {
	const url = new URL(folder, import.meta.url);
	const names = readdirSync(url).filter((name) => name.endsWith(".yaml"));
	return names.map((name) => readFileSync(new URL(name, url), "utf8"));
});

const bytes = fc.uint8Array({ maxLength: 400 }).map((array) => Buffer.from(array).toString("utf8"));
const soup = fc
	.array(fc.constantFrom(...("[]{}:-?,#&*!|>'\"%@`\n\t ~0aé🎉".match(/./gsu) ?? [])), { maxLength: 200 })
	.map((parts) => parts.join(""));
const words = fc
	.array(
		fc.constantFrom(
			"services",
			"vip",
			":",
			" ",
			"\n",
			"  ",
			"- ",
			"{",
			"}",
			"[",
			"]",
			",",
			"80",
			"10s",
			"auto",
		),
	)
	.map((parts) => parts.join(""));
const mutated = fc
	.tuple(fc.constantFrom(...corpus), fc.nat(), fc.nat(20), fc.oneof(soup, words))
	.map(([text, at, removed, inserted]) => {
		const start = at % (text.length + 1);
		return text.slice(0, start) + inserted + text.slice(start + removed);
	});

test.each([
	["bytes", bytes, 300],
	["punctuation", soup, 500],
	["words", words, 300],
	["mutated files", mutated, 300],
] as const)("%s", (_, texts, numRuns) => {
	fc.assert(fc.property(texts, answers), { numRuns });
});

function answers(text: string): void {
	const result = parseConfig(text, "fuzz.yaml");
	if ("config" in result) return;
	expect(result.problems.length).toBeGreaterThan(0);
	for (const problem of result.problems) expect(formatProblem(problem)).toMatch(SHOWN);
}

/** No default text of zod, nothing undefined, and the carets stand under the line. */
const SHOWN = /^fuzz\.yaml:\d+:\d+: (?!.*(?:Invalid input|undefined|NaN|\[object)).+\n.*\n[\t ]*\^+$/;

describe("texts that cost some parsers minutes, or the process", () => {
	const SIZE = 20_000;
	test.each([
		["open lists", "[".repeat(SIZE)],
		["open mappings", "{".repeat(SIZE)],
		["nested mappings", "{a: ".repeat(SIZE / 4)],
		["list items on one line", "- ".repeat(SIZE / 2)],
		["explicit keys", "? ".repeat(SIZE / 2)],
		["closing brackets", "]".repeat(SIZE)],
		["keys", Array.from({ length: SIZE / 8 }, (_, i) => `key${i}: 1`).join("\n")],
		["one key", "listen: 1\n".repeat(SIZE / 10)],
		["stairs", Array.from({ length: 300 }, (_, i) => `${" ".repeat(i)}a:`).join("\n")],
		["broken escapes", `"${"\\x".repeat(SIZE / 2)}`],
		["documents", "---\n".repeat(SIZE / 4)],
		["services", `services: [${"{},".repeat(SIZE / 3)}]`],
		["one long line", `listen: "${"x".repeat(SIZE)}"`],
		["blanks", `listen: "${" ".repeat(SIZE)}x`],
	])("%s", (_, text) => answers(text));
});

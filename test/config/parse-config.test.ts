import { expect, test } from "vitest";
import { parseConfig } from "../../src/config/parse-config.ts";
import { formatProblem, type Problem } from "../../src/config/problem.ts";

test("a problem found later is reported at its place in the file", () => {
	const text = "interfaces:\n  - br0\n  - { name: eth0 }\n";
	const message = "interface eth0 is a port of br0, expected one of the two";
	expect(formatProblem({ place: locate(text, ["interfaces", 1]), message })).toBe(
		[`lb.yaml:3:5: ${message}`, "  - { name: eth0 }", "    ^^^^^^^^^^^^^^"].join("\n"),
	);
});

test("what the file does not say is found at what it does say", () => {
	const text = "log: { level: info }\nhealth: { rise: 1 }\n";
	expect(locate(text, ["health", "netns"])).toMatchObject({ line: 2, column: 9 });
	expect(locate(text, ["interfaces", 3])).toMatchObject({ line: 1, column: 1 });
	expect(locate("", ["listen"])).toMatchObject({ line: 1, column: 1, lineText: "" });
});

test("a file beyond 4 MiB is refused unread", () => {
	expect(messages(`#${"é".repeat(2 * 1024 * 1024)}\n`)).toEqual([
		"the file has 4194306 bytes, expected at most 4194304",
	]);
});

test("after a hundred problems the others are counted", () => {
	const found = messages(`interfaces: [${"/, ".repeat(150)}]`);
	expect(found).toHaveLength(101);
	expect(found.at(-1)).toBe("50 more problems from here on");
});

test("a rule too many is refused", () => {
	const rules = (count: number) =>
		`firewall: { rules: [${Array.from({ length: count }, (_, i) => `{ name: r${i}, action: count }`).join()}] }`;
	expect(messages(rules(256))).toEqual([]);
	expect(messages(rules(257))).toEqual(["rules is a list of 257, expected at most 256"]);
});

function locate(text: string, path: (string | number)[]) {
	const result = parseConfig(text, "lb.yaml");
	if ("problems" in result) throw new Error(result.problems.map(formatProblem).join("\n"));
	return result.locate(path);
}

function messages(text: string): string[] {
	const result = parseConfig(text, "lb.yaml");
	return "problems" in result ? result.problems.map(({ message }: Problem) => message) : [];
}

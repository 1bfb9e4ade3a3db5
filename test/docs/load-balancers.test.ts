/** The table of load balancers and its tests: each row has one, and each suite a row. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const TABLE = readFileSync(new URL("../../docs/load-balancers.md", import.meta.url), "utf8");
const TESTS = new URL("../e2e/", import.meta.url);

interface Suite {
	readonly title: string;
	/** Below test/e2e. */
	readonly file: string;
}

const rows = rowsOf(TABLE);
const folder = readdirSync(new URL("balancers/", TESTS)).filter((name) => name.endsWith(".test.ts"));
const files = new Set([...folder.map((name) => `balancers/${name}`), ...rows.map(({ file }) => file)]);
const suites = [...files].flatMap(suitesIn);

test("each row of the table is the title of a suite in the file that it links to", () => {
	expect(rows.length).toBeGreaterThan(0);
	expect(rows.filter((row) => !suites.some((suite) => isSame(row, suite)))).toEqual([]);
});

test("each suite of those files, and of test/e2e/balancers, is a row", () => {
	expect(suites.filter((suite) => !rows.some((row) => isSame(row, suite)))).toEqual([]);
});

/** The first column is the title, the last one links to the file. */
function rowsOf(text: string): Suite[] {
	const found = text.matchAll(/^\| ([^|]+) \|.*\| \[[^\]]+\]\(\.\.\/test\/e2e\/([^)]+)\) \|$/gm);
	return [...found].map(([, title = "", file = ""]) => ({ title, file }));
}

/** Titles stand where describe...() is called, in quotes, as a choice of two, or with `${...}` for any text. */
function suitesIn(file: string): Suite[] {
	const text = readFileSync(new URL(file, TESTS), "utf8");
	const calls = [...text.matchAll(/^\s*describe\w*\((.*)$/gm)];
	const titles = calls.map(([, line = ""]) => [...line.matchAll(/"([^"]+)"|`([^`]+)`/g)].slice(0, 2));
	expect(
		titles.filter(({ length }) => length === 0),
		`suites of ${file} without a title`,
	).toEqual([]);
	const isChoice = calls.map(([, line = ""]) => line.includes(" ? "));
	return titles.flatMap((found, i) =>
		found
			.slice(0, isChoice[i] ? 2 : 1)
			.map(([, quoted, template]) => ({ title: quoted ?? template ?? "", file })),
	);
}

function isSame(row: Suite, suite: Suite): boolean {
	const parts = suite.title.split(/\$\{[^}]*\}/);
	const [first = "", last = ""] = [parts[0], parts.at(-1)];
	const isTitle =
		parts.length === 1 ? row.title === first : row.title.startsWith(first) && row.title.endsWith(last);
	return row.file === suite.file && isTitle;
}

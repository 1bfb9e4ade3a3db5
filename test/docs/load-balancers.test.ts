/** The table of load balancers and its tests: each row has one, and each test a row. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const TABLE = new URL("../../docs/load-balancers.md", import.meta.url);
const TESTS = new URL("../e2e/balancers/", import.meta.url);

test("each row of the table names the file and the title of a suite, and each suite has a row", () => {
	expect(rowsOf(readFileSync(TABLE, "utf8")).sort()).toEqual(suitesIn(TESTS).sort());
});

/** `title (file)` of each row: the first column is the title, the last one links to the file. */
function rowsOf(text: string): string[] {
	const rows = text.matchAll(/^\| ([^|]+) \|.*\| \[([^\]]+)\]\(\.\.\/test\/e2e\/balancers\/([^)]+)\) \|$/gm);
	return [...rows].map(([, title, shown, file]) => {
		expect(shown).toBe(file);
		return `${title} (${file})`;
	});
}

function suitesIn(folder: URL): string[] {
	const files = readdirSync(folder).filter((name) => name.endsWith(".test.ts"));
	return files.flatMap((file) => {
		const text = readFileSync(new URL(file, folder), "utf8");
		const titles = [...text.matchAll(/^describe\w*\(\s*"([^"]+)"/gm)].map(
			([, title]) => `${title} (${file})`,
		);
		expect(titles.length, `titled suites of ${file}`).toBe([...text.matchAll(/^describe\w*\(/gm)].length);
		return titles;
	});
}

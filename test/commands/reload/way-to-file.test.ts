import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { wayToFile } from "../../../src/commands/reload/way-to-file.ts";

let root: string;
beforeEach(() => {
	root = realpathSync(mkdtempSync(join(tmpdir(), "lbscope-way-")));
});
afterEach(() => rmSync(root, { recursive: true }));

/** Below the test's own directory. */
function way(file: string): Record<string, string[]> {
	const found = [...wayToFile(join(root, file))].filter(([directory]) => directory.startsWith(root));
	return Object.fromEntries(
		found.map(([directory, names]) => [directory.slice(root.length + 1), [...names]]),
	);
}

test("of a plain file is its directory", () => {
	writeFileSync(join(root, "config.yaml"), "");
	expect(way("config.yaml")).toEqual({ "": ["config.yaml"] });
});

test("of a ConfigMap goes over its links, whichever are swapped", () => {
	mkdirSync(join(root, "..v1"));
	writeFileSync(join(root, "..v1", "config.yaml"), "");
	symlinkSync("..v1", join(root, "..data"));
	symlinkSync("..data/config.yaml", join(root, "config.yaml"));
	expect(way("config.yaml")).toEqual({ "": ["config.yaml", "..data", "..v1"], "..v1": ["config.yaml"] });
});

test("goes up from where a link leads, not from where it stands", () => {
	mkdirSync(join(root, "a", "b"), { recursive: true });
	writeFileSync(join(root, "a", "config.yaml"), "");
	symlinkSync("a/b", join(root, "b"));
	symlinkSync("b/../config.yaml", join(root, "relative.yaml"));
	expect(way("relative.yaml")).toEqual({ "": ["relative.yaml", "b", "a"], a: ["b", "config.yaml"] });
});

test("ends where something is missing, and in a ring of links", () => {
	expect(way("missing/config.yaml")).toEqual({ "": ["missing"], missing: ["config.yaml"] });
	symlinkSync("two", join(root, "one"));
	symlinkSync("one", join(root, "two"));
	expect(way("one")).toEqual({ "": ["one", "two"] });
});

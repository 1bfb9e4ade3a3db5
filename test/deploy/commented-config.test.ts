/** deploy/config/lbscope.yaml, which `make install` puts to /etc/lbscope/config.yaml. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { parseConfig } from "../../src/config/parse-config.ts";
import { printConfig } from "../../src/config/print-config.ts";
import { formatProblem } from "../../src/config/problem.ts";
import { configSchema, defaultConfig } from "../../src/config/schema.ts";
import { pathsOfFile, pathsOfSchema } from "./key-paths.ts";
import { uncomment } from "./uncomment.ts";

const FILE = "deploy/config/lbscope.yaml";
/** Its default is one word; the other way to write it is in words beside it. */
const IN_WORDS = /^(interfaces\[\]|listen\.)/;
const shipped = readFileSync(FILE, "utf8");
const complete = uncomment(shipped);

test("as it is shipped, it says what no file says", () => {
	expect(parseConfig(shipped, FILE)).toMatchObject({ config: defaultConfig });
});

test("with every setting turned on, it is right", () => {
	const result = parseConfig(complete, FILE);
	expect("problems" in result ? result.problems.map(formatProblem) : []).toEqual([]);
});

test("has every key that there is, and no other", () => {
	const there = new Set(pathsOfFile(parse(complete)).map(([path]) => path));
	const known = new Set(pathsOfSchema(configSchema).filter((path) => !IN_WORDS.test(path)));
	const complaints = [
		...[...known]
			.filter((path) => !there.has(path))
			.map((path) => `${FILE} lacks ${path}: add "#${path}: default" there`),
		...[...there]
			.filter((path) => !known.has(path))
			.map((path) => `${FILE} has ${path}, which is no key any more`),
	];
	expect(complaints).toEqual([]);
	expect(known.size).toBeGreaterThan(50);
});

/** With the default, the keys beside it would say nothing. */
const SHOWN_OTHERWISE = new Set(["health.probe.type"]);

test("shows the default of each setting that has one", () => {
	const shown = new Map(pathsOfFile(parse(complete)));
	const wrong = pathsOfFile(parse(printConfig(defaultConfig)))
		.filter(([path, value]) => !SHOWN_OTHERWISE.has(path) && shown.get(path) !== value)
		.map(([path, value]) => `${FILE} says ${path}: ${shown.get(path)}, expected the default, ${value}`);
	expect(wrong).toEqual([]);
});

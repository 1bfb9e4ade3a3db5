import fc from "fast-check";
import { expect, test } from "vitest";
import { parseConfig } from "../../src/config/parse-config.ts";
import { printConfig } from "../../src/config/print-config.ts";
import { formatProblem } from "../../src/config/problem.ts";
import { defaultConfig } from "../../src/config/schema.ts";
import { arbitraryConfig } from "./arbitrary-config.ts";

test("what is printed is read back", () => {
	fc.assert(
		fc.property(arbitraryConfig, (config) => {
			const result = parseConfig(printConfig(config), "printed.yaml");
			if ("problems" in result) throw new Error(result.problems.map(formatProblem).join("\n"));
			expect(result.config).toEqual(config);
		}),
		{ numRuns: 100 },
	);
});

test("an empty file says the same as the printed defaults", () => {
	expect(parseConfig("", "empty.yaml")).toMatchObject({ config: defaultConfig });
	expect(parseConfig(printConfig(defaultConfig), "printed.yaml")).toMatchObject({ config: defaultConfig });
});

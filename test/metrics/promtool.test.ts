/** promtool's naming rules, from which only names that dashboards of others know are exempt. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { EVERY_NAME } from "./every-name.ts";
import { renderPage } from "./render-page.ts";
import { FULL, fullTables } from "./snapshots.ts";

/** Name -> why promtool complains, and why the name stays. */
const EXEMPT: Record<string, string> = JSON.parse(
	readFileSync(new URL("promtool-exempt.json", import.meta.url), "utf8"),
);
const NAMING_COMPLAINTS_STATUS = 3;

function hasPromtool(): boolean {
	return spawnSync("promtool", ["--version"]).error === undefined;
}

/** Where promtool must be, a skip would hide that it is not. */
const skipped = process.env.CI === undefined && !hasPromtool();

describe.skipIf(skipped)(
	"promtool check metrics (needs promtool, from the Debian package prometheus)",
	() => {
		it("complains about exactly the exempt names with every name on, and about no padded number", async () => {
			const { status, stderr } = spawnSync("promtool", ["check", "metrics"], {
				input: await renderPage(FULL, fullTables(), EVERY_NAME),
				encoding: "utf8",
			});
			expect(status, stderr).toBe(NAMING_COMPLAINTS_STATUS);
			const names = stderr
				.trimEnd()
				.split("\n")
				.map((line) => line.split(" ")[0]);
			expect([...new Set(names)].sort()).toEqual(Object.keys(EXEMPT).sort());
		});
	},
);

describe("the exemptions", () => {
	it("are names of the contract and of LoxiLB, never our own", () => {
		expect(Object.keys(EXEMPT).filter((name) => name.startsWith("lbscope_"))).toEqual([]);
	});
});

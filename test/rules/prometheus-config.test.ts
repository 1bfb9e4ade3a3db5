/** The shipped configs of Prometheus, as they are; test/e2e/prometheus runs them with addresses of a lab. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { filesIn, textOf } from "./rule-files.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FILES = filesIn("deploy/prometheus", ".yml");

/** Where promtool must be, a skip would hide that it is not. */
const skipped = process.env.CI === undefined && spawnSync("promtool", ["--version"]).error !== undefined;

describe("the configs of deploy/prometheus", () => {
	it.skipIf(skipped).each(FILES)("%s is one that promtool accepts, with its rules", (file) => {
		const { status, stdout, stderr } = spawnSync("promtool", ["check", "config", file], {
			cwd: ROOT,
			encoding: "utf8",
		});
		expect(status, `${stdout}${stderr}`).toBe(0);
	});

	it("load rules of clusters in one Prometheus only", () => {
		const loading = FILES.filter((file) =>
			(parse(textOf(file)).rule_files ?? []).join().includes("cluster.yaml"),
		);
		expect(loading).toEqual(["deploy/prometheus/global.yml"]);
	});

	it("keep clients out of all that is sent on", () => {
		const { remote_write: writes } = parse(textOf("deploy/prometheus/scrape.yml"));
		for (const { write_relabel_configs: relabel } of writes)
			expect(relabel).toEqual([{ source_labels: ["sip"], regex: ".+", action: "drop" }]);
		const [{ params }] = parse(textOf("deploy/prometheus/global.yml")).scrape_configs;
		for (const match of params["match[]"]) expect(match).toContain('sip=""');
	});

	it("stand in the commands of docs/scaling.md", () => {
		for (const file of FILES) expect(textOf("docs/scaling.md")).toContain(`=${file}`);
	});
});

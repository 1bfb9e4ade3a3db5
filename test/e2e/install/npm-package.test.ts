/** What `npm pack` makes, installed as a user does it: globally, with install scripts off, and without a network. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { run } from "../../../scripts/lab/run.ts";
import { printConfig } from "../../../src/config/print-config.ts";
import { defaultConfig } from "../../../src/config/schema.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { waitForPage } from "../operation/inside.ts";
import { insideConfig, withFiles } from "../operation/program.ts";
import { runLong } from "./run-long.ts";
import { withDirectory } from "./with-directory.ts";

describeAsRoot("the npm package", 60_000, () => {
	const lab = withLab({ prefix: "npm" });
	const file = withFiles();
	const directory = withDirectory("npm");
	const program = () => join(directory(), "bin/lbscope");

	beforeAll(async () => {
		await runLong(["npm", "pack", "--silent", "--pack-destination", directory()]);
		const [tarball = ""] = (await readdir(directory())).filter((name) => name.endsWith(".tgz"));
		// Offline: with the lock file in it, npm asks for nothing but what `npm ci` has put into its cache.
		const options = [
			"--global",
			"--prefix",
			directory(),
			"--ignore-scripts",
			"--offline",
			"--no-audit",
			"--no-fund",
		];
		await runLong(["npm", "install", ...options, join(directory(), tarball)]);
	}, 120_000);

	test("has the BPF programs, and no tests or tools", async () => {
		const installed = join(directory(), "lib/node_modules/lbscope");
		const sources = (await readdir("bpf")).filter((name) => name.endsWith(".bpf.c"));
		const objects = sources.map((name) => name.replace(/c$/, "o"));
		expect((await readdir(join(installed, "dist/objects"))).sort()).toEqual(objects.sort());
		expect((await readdir(installed)).sort()).not.toContain("test");
		expect(await readdir(join(installed, "node_modules"))).not.toContain("vitest");
	});

	test("says its version and its defaults", async () => {
		expect(await run([program(), "--version"])).toMatch(/^lbscope \d+\.\d+\.\d+\n$/);
		expect(await run([program(), "check", "--print"])).toBe(printConfig(defaultConfig));
	});

	test("counts", async () => {
		const config = await file("inside.yaml", insideConfig(lab()));
		const exporter = lab().spawn(lab().balancer.netns, [program(), "run", "--config", config]);
		const page = await waitForPage(lab(), exporter, (each) => each.value("lb_rule_count") > 0);
		expect(page.series("lbscope_interface_attached").map(({ value }) => value)).not.toContain(0);
		// Two halves of 2 MiB: what the first line of the program says, also after the rights are given up.
		const young = page.value("nodejs_heap_space_size_total_bytes", { space: "new" });
		expect(young).toBeLessThanOrEqual(2 * 2 * 2 ** 20);
		const { code, stderr } = await exporter.stop();
		expect(stderr).not.toContain("level=error");
		expect(code).toBe(0);
	});
});

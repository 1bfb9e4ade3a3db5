/** What is pinned, for whom, and how it goes. */
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { converse } from "../../../scripts/lab/traffic.ts";
import { withBpffs } from "../../kernel/bpffs.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { freePort, startExporter } from "../exporter.ts";
import { labConfig, runLbscope, withFiles } from "../operation/program.ts";
import { programsOnAll } from "../operation/programs-on.ts";

describeAsRoot("pins", 60_000, () => {
	const lab = withLab({ prefix: "rpins" });
	const pins = withBpffs();
	const file = withFiles();

	async function configWith(path: string, name = "config.yaml"): Promise<string> {
		const listen = `127.0.0.1:${await freePort()}`;
		return file(name, labConfig(lab(), { listen, pins: { path }, health: { enabled: false } }));
	}

	test("keep the programs attached, and counting, when the exporter has ended", async () => {
		const path = pins();
		const exporter = await startExporter(lab(), { pins: { path } });
		expect(await exporter.stop()).toBe(0);
		expect(await programsOnAll(lab())).toHaveLength(2 * lab().interfaces.length);
		await converse(lab(), { service: lab().service("web"), count: 7 });
		const next = await startExporter(lab(), { pins: { path } });
		expect((await next.nextPage()).value("total_requests")).toBe(7);
		expect(await programsOnAll(lab())).toHaveLength(2 * lab().interfaces.length);
		await next.stop();
		await runLbscope(lab(), ["cleanup", "--config", await configWith(path)]);
	});

	test("refuse a second exporter, and cleanup, while one uses them: by its pid", async () => {
		const path = pins();
		const exporter = await startExporter(lab(), { pins: { path } });
		const config = await configWith(path);
		for (const command of ["run", "cleanup"]) {
			const { code, stderr } = await runLbscope(lab(), [command, "--config", config]);
			expect(code).toBe(1);
			expect(stderr).toContain(
				`Cannot lock ${path}: process ${exporter.pid} has it, expected to be the only one`,
			);
		}
		expect((await exporter.nextPage()).value("total_requests")).toBe(0);
		await exporter.stop();
		await runLbscope(lab(), ["cleanup", "--config", config]);
	});

	test("are removed by cleanup, with all that they keep", async () => {
		const path = pins();
		await (await startExporter(lab(), { pins: { path } })).stop();
		// Links, lists of services, and the set of maps.
		expect(readdirSync(path)).toHaveLength(3);
		const config = await configWith(path);
		const { code, stdout } = await runLbscope(lab(), ["cleanup", "--config", config]);
		expect(code).toBe(0);
		expect(stdout).toMatch(/^removed: link-.*\n(?:.*\n)*removed: the maps of .*\nok\n$/);
		expect(existsSync(path)).toBe(false);
		expect(await programsOnAll(lab())).toEqual([]);
		const again = await runLbscope(lab(), ["cleanup", "--config", config]);
		expect(again).toMatchObject({ code: 0, stdout: `nothing to remove: there is no ${path}\n` });
	});

	test("of others stay: cleanup takes only what lbscope made", async () => {
		const path = pins();
		await (await startExporter(lab(), { pins: { path } })).stop();
		mkdirSync(`${path}/mine`);
		const { stdout } = await runLbscope(lab(), ["cleanup", "--config", await configWith(path)]);
		expect(stdout).toContain(`left: ${path}, which has other things in it\n`);
		expect(readdirSync(path)).toEqual(["mine"]);
	});

	test("are no place to clean up where there is no BPF file system", async () => {
		const config = await configWith("/tmp");
		const { code, stderr } = await runLbscope(lab(), ["cleanup", "--config", config]);
		expect(code).toBe(1);
		expect(stderr).toContain("Cannot clean up: /tmp is on no bpffs");
	});

	test("that are turned off leave nothing attached beside the new programs", async () => {
		const path = pins();
		await (await startExporter(lab(), { pins: { path } })).stop();
		const exporter = await startExporter(lab(), { pins: { path, enabled: false } });
		expect(await programsOnAll(lab())).toHaveLength(2 * lab().interfaces.length);
		expect(exporter.log()).toContain('event="detached what an earlier run had left"');
		await exporter.stop();
		expect(await programsOnAll(lab())).toEqual([]);
		await runLbscope(lab(), ["cleanup", "--config", await configWith(path)]);
	});

	test("that cannot be made are said once, and it runs on without", async () => {
		const exporter = await startExporter(lab(), { pins: { path: "/tmp/lbscope-no-bpffs" } });
		const said = exporter.log().match(/event="nothing is pinned[^\n]*/g);
		expect(said).toHaveLength(1);
		expect(said?.[0]).toContain("expected one: mount -t bpf bpf /tmp/lbscope-no-bpffs");
		expect(existsSync("/tmp/lbscope-no-bpffs")).toBe(false);
		await exporter.stop();
		expect(await programsOnAll(lab())).toEqual([]);
	});
});

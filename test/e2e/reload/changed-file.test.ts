/** Changes of the file that nobody tells of. */
import { mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { configOf, writeConfig } from "../../../scripts/lab/config.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { servicesOn } from "../discovery/balancer.ts";
import { type Exporter, QUIET, startExporter } from "../exporter.ts";
import { outcomeOf, outcomes } from "./reloads.ts";

const SUCCESSFUL = "lbscope_config_last_reload_successful";
/** Longer than the exporter waits for a writer to be done. */
const QUIET_MS = 900;

describeAsRoot("a changed file", 60_000, () => {
	const lab = withLab({ prefix: "rfile" });
	const directories: string[] = [];
	afterAll(async () => {
		for (const directory of directories) await rm(directory, { recursive: true, force: true });
	});

	const listenOf = (exporter: Exporter) => exporter.url.replace("http://", "");
	const serviceItems = (...labels: string[]) =>
		lab()
			.services.filter(({ label }) => labels.includes(label))
			.map(({ label, ...service }) => ({ name: label, ...service }));

	test("is noticed when it is written, when it is replaced, and when a link on its way leads elsewhere", async () => {
		const exporter = await startExporter(lab(), { services: serviceItems("web") });
		const configWith = (...labels: string[]) => {
			const quiet = { ...QUIET, poll: { interval: "200ms" } };
			return configOf(lab(), { listen: listenOf(exporter), ...quiet, services: serviceItems(...labels) });
		};
		const textWith = (...labels: string[]) => stringify(configWith(...labels));
		const written = await outcomeOf(exporter, () => writeFile(exporter.config, textWith("web", "dns")));
		expect(written).toContain('by="change of the file" changed="poll,services"');
		expect(servicesOn(await exporter.nextPage())).toHaveLength(2);
		const directory = await mkdtemp(join(tmpdir(), "lbscope-configmap-"));
		directories.push(directory);
		const published = await configMap(directory, textWith("web"));
		await symlink(join(directory, "config.yaml"), `${exporter.config}.link`);
		await outcomeOf(exporter, () => rename(`${exporter.config}.link`, exporter.config));
		expect(servicesOn(await exporter.nextPage())).toHaveLength(1);
		for (const labels of [["web", "dns", "ngap"], ["web"]]) {
			await outcomeOf(exporter, () => published(textWith(...labels)));
			expect(servicesOn(await exporter.nextPage())).toHaveLength(labels.length);
		}
		await exporter.stop();
	});

	test("is refused once for each content, by file, line and column, while the one before runs on", async () => {
		const exporter = await startExporter(lab(), { services: serviceItems("web") });
		const started = await exporter.nextPage();
		expect(started.value(SUCCESSFUL)).toBe(1);
		const startedAt = started.value("lbscope_config_last_reload_success_timestamp_seconds");
		const refused = await outcomeOf(exporter, () => writeFile(exporter.config, "poll:\n  interval: soon\n"));
		expect(refused).toContain(`${exporter.config}:2:13: interval is soon`);
		expect(refused).toContain("^^^^");
		const page = await exporter.nextPage();
		expect(page.value(SUCCESSFUL)).toBe(0);
		expect(page.value("lbscope_config_last_reload_success_timestamp_seconds")).toBe(startedAt);
		expect(servicesOn(page)).toHaveLength(1);
		for (const text of ["poll:\n  interval: soon\n", " \n"]) {
			await writeFile(exporter.config, text);
			await sleep(QUIET_MS);
		}
		expect(outcomes(exporter)).toHaveLength(1);
		const back = { services: serviceItems("web"), listen: listenOf(exporter) };
		const applied = await outcomeOf(exporter, () =>
			writeConfig(lab(), exporter.config, { ...QUIET, ...back }),
		);
		expect(applied).toContain("changed=nothing");
		const after = await exporter.nextPage();
		expect(after.value(SUCCESSFUL)).toBe(1);
		expect(after.value("lbscope_config_last_reload_success_timestamp_seconds")).toBeGreaterThan(startedAt);
		await exporter.stop();
	});

	test("is left alone when reload.watch is false", async () => {
		const exporter = await startExporter(lab(), { reload: { watch: false } });
		await writeFile(exporter.config, "listen: nowhere\n");
		await sleep(QUIET_MS);
		expect(outcomes(exporter)).toEqual([]);
		await exporter.stop();
	});
});

/** As the kubelet publishes a ConfigMap: files behind a link, which is swapped in one step. Gives what publishes a text. */
async function configMap(directory: string, text: string): Promise<(text: string) => Promise<void>> {
	let version = 0;
	const publish = async (next: string) => {
		const versioned = await mkdtemp(join(directory, `..v${version++}_`));
		await writeFile(join(versioned, "config.yaml"), next);
		await symlink(versioned, join(directory, "..data_tmp"));
		await rename(join(directory, "..data_tmp"), join(directory, "..data"));
	};
	await publish(text);
	await symlink(join("..data", "config.yaml"), join(directory, "config.yaml"));
	return publish;
}

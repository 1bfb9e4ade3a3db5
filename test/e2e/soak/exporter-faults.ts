/** What happens to the exporter itself, and to what it stands on. */
import { writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import type { Page } from "../page.ts";
import { outcomeOf, rewrite } from "../reload/reloads.ts";
import type { Scene } from "./scene.ts";

export async function kill({ ground, watched, random }: Scene): Promise<string> {
	const exporter = watched.now();
	watched.leaves();
	process.kill(exporter.pid, "SIGKILL");
	await exporter.stop();
	ground.clock.forget(exporter.pid);
	const awayMs = random.between(0, 2000);
	await sleep(awayMs);
	watched.follow(await ground.startExporter());
	return `nobody read for ${awayMs} ms and a start`;
}

/** By what the file says alone: lbscope watches it. */
export async function breakConfig({ ground, watched, random }: Scene): Promise<string> {
	const exporter = watched.now();
	const { lab, configured } = ground;
	const wrong = random.pick(["listen: nowhere\n", "services: [\n", "limits: { flows: 12 }\n", "\u0000"]);
	const refusal = await outcomeOf(exporter, () => writeFile(exporter.config, wrong));
	expect(refusal).toContain("configuration not reloaded");
	const page = await exporter.nextPage();
	expect(page.value("lbscope_config_last_reload_successful")).toBe(0);
	const rules = [{ name: "all_tcp", action: "count", protocol: "tcp" }];
	for (const change of [{ firewall: { rules } }, { health: { enabled: false } }, {}]) {
		const outcome = await outcomeOf(exporter, () => rewrite(lab, exporter, configured, change));
		expect(outcome).toContain("configuration reloaded");
	}
	const after = await exporter.nextPage();
	expect(after.value("lbscope_config_last_reload_successful")).toBe(1);
	return JSON.stringify(wrong);
}

export async function setClock({ ground: { clock }, watched, random }: Scene): Promise<string> {
	const stamp = (page: Page) => page.value("lbscope_last_successful_poll_timestamp_seconds");
	const offsets = [random.between(3600, 400 * 86_400), -random.between(3600, 400 * 86_400), 0];
	for (const offset of offsets) {
		clock.set(offset);
		await watched.now().pageWhere((page) => Math.abs(stamp(page) - Date.now() / 1000 - offset) < 600);
	}
	return `by ${offsets[0]} s, by ${offsets[1]} s, back`;
}

/** Under an exporter that runs: its programs and maps live by its file descriptors. */
export async function unmount({ ground: { bpffs }, random }: Scene): Promise<string> {
	await bpffs.unmount();
	await sleep(random.between(0, 1000));
	await bpffs.mount();
	return "the exporter that ran counted on; the next one begins anew";
}

/** With the exporter go its counts, as nothing pinned is left: the one cost that is to be seen. */
export async function beginAnew({ ground, watched }: Scene): Promise<void> {
	const exporter = watched.now();
	watched.leaves();
	expect(await exporter.stop()).toBe(0);
	watched.follow(await ground.startExporter(), true);
	expect((await watched.now().nextPage()).value("processed_packets_total")).toBe(0);
}

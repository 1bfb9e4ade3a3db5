/** Another configuration at each start, amid traffic. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Lab } from "../../../scripts/lab/lab.ts";
import { startTraffic } from "../../../scripts/lab/traffic.ts";
import { withBpffs } from "../../kernel/bpffs.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { startExporter } from "../exporter.ts";
import { expectIdentities } from "../identities.ts";
import { clientWire } from "../truth.ts";
import { expectNoneDown } from "./counters.ts";

/** `gone`: labels of services that this run does not know; they are silent meanwhile. */
const RUNS: readonly { readonly limits: Record<string, unknown>; readonly gone: readonly string[] }[] = [
	{ limits: { pairs: 4096 }, gone: [] },
	{ limits: { pairs: 2 }, gone: ["ngap"] },
	{ limits: { pairs: 2, flows: 128 }, gone: ["ngap", "ngap-v6"] },
	{ limits: { pairs: 100, flows: 100_000 }, gone: [] },
	{ limits: { pairs: 100, client_prefix: { ipv4: 24 } }, gone: ["ngap"] },
	{ limits: { pairs: 100, services: 100 }, gone: [] },
	{ limits: { pairs: 4096 }, gone: [] },
];
const SECONDS = 30;

describeAsRoot("other limits and services at each start", 120_000, () => {
	const lab = withLab({ prefix: "rchange", clients: 2 });
	const pins = withBpffs();

	test("lose no packet and no byte, and let no counter go down", async () => {
		const path = pins();
		const start = (run: (typeof RUNS)[number]) =>
			startExporter(lab(), {
				pins: { path },
				poll: { interval: "200ms" },
				limits: run.limits,
				services: servicesBut(lab(), run.gone),
			});
		let exporter = await start({ limits: {}, gone: [] });
		const wireBefore = await clientWire(lab());
		let last = await exporter.nextPage();
		const running = ["web", "web-v6", "dns", "dns-v6"].map((label, i) => {
			const shape = {
				rate: 20,
				count: 20 * SECONDS,
				client: i % 2 === 0 ? 1 : 2,
				responseBytes: 2000,
			} as const;
			return startTraffic(lab(), { ...shape, service: lab().service(label), withinMs: 110_000 });
		});
		for (const run of RUNS) {
			await sleep(500);
			await exporter.stop();
			await sleep(300);
			exporter = await start(run);
			const page = await exporter.nextPage();
			expectIdentities(page);
			expectNoneDown(page, last, true);
			last = page;
		}
		await Promise.all(running.map(({ ended }) => ended));
		const wireAfter = await clientWire(lab());
		const page = await exporter.nextPage();
		expectNoneDown(page, last, true);
		expectIdentities(page);
		expect({
			packets: page.value("processed_packets_total"),
			bytes: page.value("processed_bytes_total"),
		}).toEqual({
			packets: wireAfter.packets - wireBefore.packets,
			bytes: wireAfter.bytes - wireBefore.bytes,
		});
		expect(page.sum("lbscope_unattributed_bytes")).toBe(0);
		await exporter.stop();
	});
});

function servicesBut(lab: Lab, gone: readonly string[]) {
	return lab.services
		.filter(({ label }) => !gone.includes(label))
		.map(({ label, ...service }) => ({ name: label, ...service }));
}

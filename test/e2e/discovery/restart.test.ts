/** Between two runs nobody looks for services, and those of the run before are counted on. */
import { expect, test } from "vitest";
import { converse, startTraffic } from "../../../scripts/lab/traffic.ts";
import { withBpffs } from "../../kernel/bpffs.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { startExporter } from "../exporter.ts";
import { expectIdentities } from "../identities.ts";
import { expectNoneDown } from "../restart/counters.ts";
import { clientWire } from "../truth.ts";

const SECONDS = 12;

describeAsRoot("a restart with services that are found", 60_000, () => {
	const lab = withLab({ prefix: "drest", clients: 2 });
	const pins = withBpffs();

	test("loses no packet and no byte", async () => {
		const overrides = {
			services: [],
			poll: { interval: "200ms" },
			pins: { path: pins() },
			discovery: { nftables: { netns: lab().balancer.path, interval: "200ms" } },
		};
		let exporter = await startExporter(lab(), overrides);
		const wireBefore = await clientWire(lab());
		let last = await exporter.nextPage();
		const traffic = { service: lab().service("web"), rate: 20, count: 20 * SECONDS, responseBytes: 2000 };
		const running = startTraffic(lab(), traffic);
		for (const _ of [1, 2, 3]) {
			await exporter.stop();
			await converse(lab(), { service: lab().service("dns"), client: 2, count: 5 });
			exporter = await startExporter(lab(), overrides);
			const page = await exporter.nextPage();
			expectIdentities(page);
			expectNoneDown(page, last);
			last = page;
		}
		await running.ended;
		const wireAfter = await clientWire(lab());
		const page = await exporter.nextPage();
		expect({
			packets: page.value("processed_packets_total"),
			bytes: page.value("processed_bytes_total"),
		}).toEqual({
			packets: wireAfter.packets - wireBefore.packets,
			bytes: wireAfter.bytes - wireBefore.bytes,
		});
		expect(page.value("total_requests")).toBe(20 * SECONDS + 15);
		await exporter.stop();
	});
});

/** Connections older than the exporter: their packets count, at their endpoint; they are no requests and no errors. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Lab } from "../../../scripts/lab/lab.ts";
import { type Conversation, converse } from "../../../scripts/lab/traffic.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { startExporter } from "../exporter.ts";
import { clientWire } from "../truth.ts";

const COUNT = 6;
const HOLD_SECONDS = 4;
/** At least: handshake, request and response. */
const EXCHANGE_PACKETS = 5;
const ENDINGS = ["graceful", "client-reset"] as const;
const LABELS = ["web", "web-v6", "ngap", "ngap-v6"];

describeAsRoot("an exporter that starts late", 30_000, () => {
	const lab = withLab({ prefix: "xlate" });

	test("counts the rest of what has begun before", async () => {
		const { packets } = await clientWire(lab());
		const held = holdConnections(lab());
		await areHeld(lab(), packets);
		const exporter = await startExporter(lab());
		const before = await clientWire(lab());
		const rows = await held;
		const after = await clientWire(lab());
		const page = await exporter.nextPage();
		expect(rows.map(({ outcome }) => outcome)).toEqual(rows.map(() => "ok"));
		expect({
			packets: page.value("processed_packets_total"),
			bytes: page.value("processed_bytes_total"),
		}).toEqual({ packets: after.packets - before.packets, bytes: after.bytes - before.bytes });
		expect(page.value("total_requests")).toBe(0);
		expect(page.value("total_errors")).toBe(0);
		const endpoints = new Set(rows.map(({ endpoint }) => endpoint));
		const dips = page.series("lb_rule_interaction_bytes").map(({ labels }) => labels.dip ?? "");
		expect(new Set(dips)).toEqual(endpoints);
	});
});

async function holdConnections(lab: Lab): Promise<Conversation[]> {
	const running = LABELS.flatMap((label) =>
		ENDINGS.map((ending) =>
			converse(lab, { service: lab.service(label), count: COUNT, ending, holdSeconds: HOLD_SECONDS }),
		),
	);
	return (await Promise.all(running)).flat();
}

/** All have had their response, and wait. */
async function areHeld(lab: Lab, packetsBefore: number): Promise<void> {
	let packets = packetsBefore;
	for (;;) {
		await sleep(300);
		const now = (await clientWire(lab)).packets;
		const exchanged = now - packetsBefore >= LABELS.length * ENDINGS.length * COUNT * EXCHANGE_PACKETS;
		if (exchanged && now === packets) return;
		packets = now;
	}
}

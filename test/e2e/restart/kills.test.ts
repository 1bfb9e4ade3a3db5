/** An exporter that dies again and again, in any way, amid traffic: nothing is lost and no counter goes down. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { serviceRows } from "../../../scripts/lab/conntrack.ts";
import { watchConntrack } from "../../../scripts/lab/conntrack-watch.ts";
import type { Lab } from "../../../scripts/lab/lab.ts";
import { parseConversations, startTraffic, type TrafficOptions } from "../../../scripts/lab/traffic.ts";
import { withBpffs } from "../../kernel/bpffs.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { type Exporter, startExporter } from "../exporter.ts";
import { expectIdentities } from "../identities.ts";
import type { Page } from "../page.ts";
import { clientWire, conntrackSums, serviceOf } from "../truth.ts";
import { expectNoneDown } from "./counters.ts";

const KILLS = 20;
/** The last two are what a crash inside the exporter looks like from outside. */
const SIGNALS = ["SIGKILL", "SIGTERM", "SIGABRT", "SIGSEGV"] as const;
const SECONDS = 45;

type Stream = Omit<TrafficOptions, "service"> & { readonly label: string; readonly rate: number };

const STREAMS: readonly Stream[] = [
	{ label: "web", rate: 20, client: 1, responseBytes: 30_000 },
	{ label: "web-v6", rate: 10, client: 2, responseBytes: 5000, ending: "endpoint-first" },
	{ label: "web", rate: 2, client: 2, holdSeconds: 5, concurrency: 20 },
	{ label: "dns", rate: 20, client: 1, firstPort: 20_000 },
	{ label: "dns-v6", rate: 10, client: 2, firstPort: 22_000, datagrams: 3 },
	{ label: "ngap", rate: 3, client: 1, firstPort: 24_000 },
	{ label: "refused", rate: 3, client: 2 },
];

describeAsRoot(`${KILLS} kills amid traffic`, 180_000, () => {
	const lab = withLab({ prefix: "rkills", clients: 2 });
	const pins = withBpffs();

	test("cost no packet, no byte and no request", async () => {
		const path = pins();
		const start = () => startExporter(lab(), { pins: { path }, poll: { interval: "150ms" } });
		const conntrack = await watchConntrack(lab());
		let exporter = await start();
		const wireBefore = await clientWire(lab());
		let last = await exporter.nextPage();
		const running = STREAMS.map((stream) => startStream(lab(), stream));
		for (let i = 0; i < KILLS; i++) {
			last = await pageAfter(exporter, last);
			await sleep(Math.random() * 400);
			await kill(exporter, SIGNALS[i % SIGNALS.length] as NodeJS.Signals);
			await sleep(Math.random() * 400);
			exporter = await start();
			last = await pageAfter(exporter, last);
		}
		const conversations = (await Promise.all(running.map(({ ended }) => ended))).flatMap(({ stdout }) =>
			parseConversations(stdout),
		);
		const wireAfter = await clientWire(lab());
		const truth = conntrackSums(serviceRows(lab(), await conntrack.finish()), (flow) =>
			serviceOf(lab(), flow),
		);
		const page = await pageAfter(exporter, last);
		expect(servicesOf(page)).toEqual(truth);
		expect({
			packets: page.value("processed_packets_total"),
			bytes: page.value("processed_bytes_total"),
		}).toEqual({
			packets: wireAfter.packets - wireBefore.packets,
			bytes: wireAfter.bytes - wireBefore.bytes,
		});
		expect(page.value("total_requests")).toBe(conversations.length);
		expect(page.sum("lb_rule_interaction_bytes", { dip: "unknown" })).toBe(0);
		expect(page.sum("lbscope_unattributed_bytes")).toBe(0);
		await exporter.stop();
	});
});

function startStream(lab: Lab, { label, ...stream }: Stream) {
	const count = stream.rate * SECONDS;
	return startTraffic(lab, { ...stream, service: lab.service(label), count, withinMs: 170_000 });
}

async function pageAfter(exporter: Exporter, before: Page): Promise<Page> {
	const page = await exporter.nextPage();
	expectIdentities(page);
	expectNoneDown(page, before);
	return page;
}

async function kill(exporter: Exporter, signal: NodeJS.Signals): Promise<void> {
	process.kill(exporter.pid, signal);
	await exporter.stop();
}

function servicesOf(page: Page): Record<string, { packets: number; bytes: number }> {
	const rows = page.series("service_traffic_packets").map(({ labels, value }) => {
		const service = labels.service ?? "";
		return [service, { packets: value, bytes: page.value("service_traffic_bytes", { service }) }] as const;
	});
	return Object.fromEntries(rows.filter(([, { packets }]) => packets > 0));
}

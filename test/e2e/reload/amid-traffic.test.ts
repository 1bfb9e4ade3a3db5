/** Reloads amid traffic, each with another configuration, some of them wrong. */
import { writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { serviceRows } from "../../../scripts/lab/conntrack.ts";
import { watchConntrack } from "../../../scripts/lab/conntrack-watch.ts";
import type { Lab } from "../../../scripts/lab/lab.ts";
import {
	converse,
	parseConversations,
	startTraffic,
	type TrafficOptions,
} from "../../../scripts/lab/traffic.ts";
import { withBpffs } from "../../kernel/bpffs.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { servicesOn } from "../discovery/balancer.ts";
import { type Exporter, startExporter } from "../exporter.ts";
import { expectIdentities } from "../identities.ts";
import type { Page } from "../page.ts";
import { expectNoneDown } from "../restart/counters.ts";
import { clientWire, conntrackSums, serviceOf, type Traffic } from "../truth.ts";
import { hangup, post, rewrite } from "./reloads.ts";

type Overrides = Readonly<Record<string, unknown>>;
/** Text: of a file that is wrong. */
type Change = string | ((lab: Lab) => Overrides);

const WRONG = "listen: nowhere\n";

const SECONDS = 20;

/** Through client 1 only: the interface of client 2 comes and goes. */
const STREAMS: readonly (Omit<TrafficOptions, "service"> & { label: string; rate: number })[] = [
	{ label: "web", rate: 12, responseBytes: 30_000 },
	{ label: "web-v6", rate: 6, responseBytes: 3000, ending: "endpoint-first" },
	{ label: "web", rate: 1, holdSeconds: 5, concurrency: 10 },
	{ label: "dns", rate: 12, firstPort: 20_000 },
	{ label: "dns-v6", rate: 6, firstPort: 22_000, datagrams: 3 },
	{ label: "ngap", rate: 3, firstPort: 24_000 },
	{ label: "refused", rate: 2 },
];

/** Those of traffic stay, under whatever label; those without come and go. */
const CHANGES: readonly Change[] = [
	(lab) => ({ services: servicesOf(lab, ["iperf", "usrsctp"]) }),
	() => ({ limits: { pairs: 2048, flows: 4096 } }),
	() => ({ firewall: { rules: RULES } }),
	(lab) => ({ interfaces: interfacesOf(lab).filter(({ name }) => name !== "client2") }),
	(lab) => ({ services: servicesOf(lab, [], { dns: "names" }) }),
	WRONG,
	() => ({ timeouts: { udp: "20s", tcp_handshake: "20s" }, log: { level: "debug" } }),
	() => ({ limits: { services: 100, client_prefix: { ipv4: 24, ipv6: 64 } } }),
	() => ({ firewall: { rules: RULES.slice(1) }, health: { enabled: true, interval: "500ms" } }),
	() => ({ poll: { interval: "150ms" }, self: { program_stats: true } }),
	() => ({}),
	WRONG,
];
const RULES = [
	{ name: "all_tcp", action: "count", protocol: "tcp" },
	{ name: "nobody", action: "drop", source: "10.77.0.0/16" },
];
const RELOADS = 50;

function servicesOf(lab: Lab, gone: readonly string[], renamed: Readonly<Record<string, string>> = {}) {
	return lab.services
		.filter(({ label }) => !gone.includes(label))
		.map(({ label, ...service }) => ({ name: renamed[label] ?? label, ...service }));
}

function interfacesOf(lab: Lab) {
	return lab.interfaces.map(({ name, netns }) => ({ name, netns }));
}

describeAsRoot(`${RELOADS} reloads amid traffic`, 180_000, () => {
	const lab = withLab({ prefix: "rload", clients: 2 });
	const pins = withBpffs();

	async function reloadsAmidTraffic(start: Overrides, reloads: number, seconds: number): Promise<Page> {
		const exporter = await startExporter(lab(), start);
		const wireBefore = await clientWire(lab());
		const before = await exporter.nextPage();
		const running = STREAMS.map(({ label, ...stream }) => {
			const count = stream.rate * seconds;
			return startTraffic(lab(), { ...stream, service: lab().service(label), count, withinMs: 150_000 });
		});
		const last = await reloadOften(exporter, before, start, reloads);
		await converse(lab(), { service: lab().service("web"), client: 2, count: 5 });
		const texts = await Promise.all(running.map(({ ended }) => ended));
		const wireAfter = await clientWire(lab());
		const page = await exporter.nextPage();
		expectIdentities(page);
		expectNoneDown(page, last);
		expect({
			packets: page.value("processed_packets_total"),
			bytes: page.value("processed_bytes_total"),
		}).toEqual({
			packets: wireAfter.packets - wireBefore.packets,
			bytes: wireAfter.bytes - wireBefore.bytes,
		});
		for (const label of new Set(STREAMS.map((stream) => stream.label))) {
			const ofLabel = texts.filter((_, i) => STREAMS[i]?.label === label);
			const conversations = ofLabel.flatMap(({ stdout }) => parseConversations(stdout));
			expectRequests(page, label, conversations.length + (label === "web" ? 5 : 0));
		}
		expect(page.sum("lbscope_unattributed_bytes")).toBe(0);
		// Programs and maps of before would be over fifty each time.
		expect(page.value("process_open_fds") - before.value("process_open_fds")).toBeLessThan(20);
		// A conversation that falls between the changes of two programs to another flow table: see "What it cannot see" in README.
		const unknown = page.sum("lb_rule_interaction_bytes", { dip: "unknown" });
		expect(unknown).toBeLessThan(page.value("processed_bytes_total") / 50);
		await exporter.stop();
		return page;
	}

	/** Ends with the configuration of the start; gives the last page. */
	async function reloadOften(
		exporter: Exporter,
		first: Page,
		start: Overrides,
		reloads: number,
	): Promise<Page> {
		let last = first;
		const changes = Array.from({ length: reloads }, (_, i) => CHANGES[i % CHANGES.length] as Change);
		for (const [i, change] of changes.entries()) {
			await (typeof change === "string"
				? writeFile(exporter.config, change)
				: rewrite(lab(), exporter, start, change(lab())));
			await expectReload(exporter, i % 2 === 0 ? "POST" : "SIGHUP", typeof change !== "string");
			// The next page shows it; pages in between are those of a scraper that comes at any moment.
			const page = i % 5 === 0 ? await exporter.nextPage() : await exporter.page();
			expectIdentities(page);
			expectNoneDown(page, last);
			last = page;
		}
		await rewrite(lab(), exporter, start, {});
		await expectReload(exporter, "SIGHUP", true);
		return last;
	}

	async function expectReload(exporter: Exporter, by: "POST" | "SIGHUP", isApplied: boolean): Promise<void> {
		const word = isApplied ? "configuration reloaded" : "configuration not reloaded";
		if (by === "SIGHUP") expect(await hangup(exporter)).toContain(word);
		else expect((await post(exporter.url)).status).toBe(isApplied ? 200 : 500);
	}

	function expectRequests(page: Page, label: string, conversations: number): void {
		const services = label === "dns" ? ["dns", "names"] : [label];
		const requests = sumOf(services.map((service) => page.sum("total_requests_per_service", { service })));
		expect(requests, label).toBe(conversations);
	}

	function expectServices(page: Page, truth: Readonly<Record<string, Traffic>>): void {
		for (const [label, traffic] of Object.entries(truth)) {
			const services = label === "dns" ? ["dns", "names"] : [label];
			const counted = (name: string) => sumOf(services.map((service) => page.sum(name, { service })));
			const packets = counted("service_traffic_packets");
			expect({ label, packets, bytes: counted("service_traffic_bytes") }).toEqual({ label, ...traffic });
		}
	}

	const QUICK = { poll: { interval: "200ms" }, reload: { http: true, watch: false } };

	test("lose no packet, no byte and no request, and let no counter go down", async () => {
		await reloadsAmidTraffic({ ...QUICK, pins: { path: pins() } }, RELOADS, SECONDS);
	});

	test("do so as well without pins, and leave each service what is its own", async () => {
		const conntrack = await watchConntrack(lab());
		const page = await reloadsAmidTraffic(QUICK, 8, 5);
		const flows = serviceRows(lab(), await conntrack.finish());
		expectServices(
			page,
			conntrackSums(flows, (flow) => serviceOf(lab(), flow)),
		);
	});

	test("lose nothing of connections whose service has gone before the programs were changed", async () => {
		const exporter = await startExporter(lab(), QUICK);
		await exporter.nextPage();
		const wireBefore = await clientWire(lab());
		const held = { service: lab().service("web"), count: 3, concurrency: 3, holdSeconds: 3 };
		const running = startTraffic(lab(), held);
		await exporter.pageWhere((page) => page.value("total_requests") === 3);
		const services = servicesOf(lab(), ["web", "web-v6"]);
		for (const change of [{ services }, { services, firewall: { rules: RULES } }]) {
			await rewrite(lab(), exporter, QUICK, change);
			await expectReload(exporter, "SIGHUP", true);
		}
		await running.ended;
		const wireAfter = await clientWire(lab());
		const page = await exporter.nextPage();
		expect(page.value("processed_packets_total")).toBe(wireAfter.packets - wireBefore.packets);
		expect(page.value("processed_bytes_total")).toBe(wireAfter.bytes - wireBefore.bytes);
		await exporter.stop();
	});

	test("lose nothing of services that are found, by sources that stay", async () => {
		const nftables = { netns: lab().balancer.path, interval: "200ms" };
		const start = { ...QUICK, services: [], discovery: { nftables } };
		const exporter = await startExporter(lab(), start);
		const before = await exporter.nextPage();
		const wireBefore = await clientWire(lab());
		const service = lab().service("web");
		const running = startTraffic(lab(), { service, rate: 20, count: 100, responseBytes: 3000 });
		const changes = [
			{ firewall: { rules: RULES } },
			{ services: servicesOf(lab(), ["web"]), limits: { pairs: 1000 } },
			{ discovery: { nftables: { ...nftables, interval: "300ms" } } },
			{},
		];
		for (const change of changes) {
			await rewrite(lab(), exporter, start, change);
			await expectReload(exporter, "SIGHUP", true);
			expect(servicesOn(await exporter.nextPage())).toEqual(servicesOn(before));
		}
		await running.ended;
		const wireAfter = await clientWire(lab());
		const page = await exporter.nextPage();
		expect(page.value("processed_packets_total")).toBe(wireAfter.packets - wireBefore.packets);
		expect(page.value("processed_bytes_total")).toBe(wireAfter.bytes - wireBefore.bytes);
		expect(page.value("total_requests")).toBe(100);
		await exporter.stop();
	});
});

function sumOf(numbers: readonly number[]): number {
	return numbers.reduce((sum, number) => sum + number, 0);
}

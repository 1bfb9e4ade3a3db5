/** Services by the word of an API server, carried by the lab's load balancer. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { converse, startTraffic } from "../../../scripts/lab/traffic.ts";
import type { ApiServer } from "../../../src/discovery/kubernetes/api-server.ts";
import { Cluster } from "../../discovery/kubernetes/cluster.ts";
import { type Conditions, READY, service, slice } from "../../discovery/kubernetes/kube-object.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { expectIdentities } from "../identities.ts";
import type { Page } from "../page.ts";
import { expectNoneDown } from "../restart/counters.ts";
import { clientWire } from "../truth.ts";
import { withExporter } from "../with-exporter.ts";
import { endpointsOn } from "./balancer.ts";

const NOT_READY: Conditions = { ready: false, serving: false, terminating: false };
const WEB_PORTS = [{ name: "http", port: 80, protocol: "TCP" }];
const WEB_TARGETS = [{ name: "http", port: 8080, protocol: "TCP" }];
const [ONE, TWO, THREE] = ["10.20.1.2", "10.20.2.2", "10.20.3.2"];

function healthOf(page: Page, label: string): Record<string, number> {
	const series = page.series("lbscope_endpoint_healthy").filter(({ labels }) => labels.service === label);
	return Object.fromEntries(series.map(({ labels, value }) => [labels.dip, value]));
}

function requests(page: Page): Record<string, number> {
	const series = page.series("total_requests_per_service");
	return Object.fromEntries(series.map(({ labels, value }) => [labels.service, value]));
}

describeAsRoot("discovery in Kubernetes", 60_000, () => {
	const cluster = new Cluster();
	let server: ApiServer;
	beforeAll(async () => {
		cluster.put("services", service("shop/front", "10.99.0.1", { ports: WEB_PORTS }));
		cluster.put(
			"endpointslices",
			slice("shop/front", "a", { [ONE]: READY, [TWO]: READY, [THREE]: READY }, WEB_TARGETS),
		);
		server = await cluster.start();
	});
	afterAll(() => cluster.remove());
	const lab = withLab({ prefix: "dkube", clients: 2 });
	const exporter = withExporter(lab, () => ({
		services: [],
		poll: { interval: "200ms" },
		health: { enabled: true, interval: "200ms" },
		discovery: {
			kubernetes: {
				server: `${server.host}:${server.port}`,
				token_file: server.tokenFile,
				ca_file: server.caFile,
				node_addresses: ["192.0.2.1"],
			},
		},
	}));

	test("knows names, and takes readiness for health", async () => {
		const page = await exporter().nextPage();
		const labels = { service: "shop/front", vip: "10.99.0.1", port: "80", protocol: "tcp" };
		const origin = { namespace: "shop", name: "front", type: "ClusterIP" };
		expect(page.value("lbscope_service_info", { ...labels, ...origin })).toBe(1);
		expect(endpointsOn(page, "shop/front")).toEqual([ONE, TWO, THREE]);
		expect(healthOf(page, "shop/front")).toEqual({ [ONE]: 1, [TWO]: 1, [THREE]: 1 });
		const slices = { [ONE]: READY, [TWO]: READY, [THREE]: NOT_READY };
		cluster.put("endpointslices", slice("shop/front", "a", slices, WEB_TARGETS));
		// A probe would find it healthy: the server answers.
		await exporter().pageWhere((each) => healthOf(each, "shop/front")[THREE] === 0);
	});

	test("counts on while services get other names, go and come back, and the server is away", async () => {
		const web = lab().service("web");
		const wireBefore = await clientWire(lab());
		const before = await exporter().nextPage();
		await converse(lab(), { service: web, count: 5 });
		const held = startTraffic(lab(), { service: web, holdSeconds: 4, client: 2 });
		await exporter().pageWhere((page) => requests(page)["shop/front"] === 6);

		cluster.delete("services", "shop/front");
		cluster.put("services", service("shop/renamed", "10.99.0.1", { ports: WEB_PORTS }));
		cluster.put("endpointslices", slice("shop/renamed", "a", { [ONE]: READY }, WEB_TARGETS));
		await exporter().pageWhere((page) => endpointsOn(page, "shop/renamed").length === 1);
		await converse(lab(), { service: web, count: 3 });

		cluster.delete("services", "shop/renamed");
		cluster.put("services", service("shop/front", "10.99.0.1", { ports: WEB_PORTS }));
		const isBack = (page: Page) => page.text.includes('lbscope_service_info{service="shop/front"');
		await exporter().pageWhere(isBack);
		await cluster.stop();
		const source = { source: "kubernetes" };
		await exporter().pageWhere((page) => page.value("lbscope_discovery_errors_total", source) > 0);
		await converse(lab(), { service: web, count: 2 });
		await held.ended;

		const wireAfter = await clientWire(lab());
		const page = await exporter().nextPage();
		expect(requests(page)).toEqual({ "shop/front": 8, "shop/renamed": 3 });
		expect({
			packets: page.value("processed_packets_total"),
			bytes: page.value("processed_bytes_total"),
		}).toEqual({
			packets: wireAfter.packets - wireBefore.packets,
			bytes: wireAfter.bytes - wireBefore.bytes,
		});
		expectIdentities(page);
		expectNoneDown(page, before);
	});

	test("knows how old its list is, and goes on when the server is back", async () => {
		const name = "lbscope_discovery_last_success_timestamp_seconds";
		const source = { source: "kubernetes" };
		const old = (await exporter().nextPage()).value(name, source);
		expect((await exporter().nextPage()).value(name, source)).toBe(old);
		await cluster.start();
		await exporter().pageWhere((page) => page.value(name, source) > old);
		expect(exporter().log()).toContain('event="services of kubernetes may be out of date: over"');
	});
});

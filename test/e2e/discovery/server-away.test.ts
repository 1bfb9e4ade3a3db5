/** A restart while the API server cannot be reached: the services of the run before go on. */
import { afterAll, expect, test } from "vitest";
import { converse } from "../../../scripts/lab/traffic.ts";
import { Cluster } from "../../discovery/kubernetes/cluster.ts";
import { type Conditions, READY, service, slice } from "../../discovery/kubernetes/kube-object.ts";
import { withBpffs } from "../../kernel/bpffs.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { startExporter } from "../exporter.ts";
import { expectIdentities } from "../identities.ts";
import type { Page } from "../page.ts";
import { expectNoneDown } from "../restart/counters.ts";
import { endpointsOn } from "./balancer.ts";

const PORTS = [{ name: "http", port: 80, protocol: "TCP" }];
const TARGETS = [{ name: "http", port: 8080, protocol: "TCP" }];
const [ONE, TWO, THREE] = ["10.20.1.2", "10.20.2.2", "10.20.3.2"];
const NOT_READY: Conditions = { ready: false, serving: false, terminating: false };
const SOURCE = { source: "kubernetes" };
const LAST_SUCCESS = "lbscope_discovery_last_success_timestamp_seconds";

describeAsRoot("a restart while the API server is away", 60_000, () => {
	const cluster = new Cluster();
	afterAll(() => cluster.remove());
	const lab = withLab({ prefix: "daway" });
	const pins = withBpffs();

	test("keeps the services of the run before, until the server speaks again", async () => {
		cluster.put("services", service("shop/front", "10.99.0.1", { ports: PORTS }));
		const slices = { [ONE]: READY, [TWO]: READY, [THREE]: NOT_READY };
		cluster.put("endpointslices", slice("shop/front", "a", slices, TARGETS));
		const server = await cluster.start();
		const kubernetes = {
			server: `${server.host}:${server.port}`,
			token_file: server.tokenFile,
			ca_file: server.caFile,
			node_addresses: ["192.0.2.1"],
		};
		const overrides = {
			services: [],
			pins: { path: pins() },
			poll: { interval: "200ms" },
			health: { enabled: true, interval: "200ms" },
			discovery: { kubernetes },
		};
		const web = lab().service("web");
		let exporter = await startExporter(lab(), overrides);
		await converse(lab(), { service: web, count: 5 });
		const before = await exporter.pageWhere((page) => requestsOf(page) === 5);
		expect(await exporter.stop()).toBe(0);
		await cluster.stop();

		exporter = await startExporter(lab(), overrides);
		await converse(lab(), { service: web, count: 4 });
		const away = await exporter.pageWhere((page) => requestsOf(page) === 9);
		expect(infoOf(away)).toEqual(infoOf(before));
		expect(endpointsOn(away, "shop/front")).toEqual([ONE, TWO, THREE]);
		expect(away.value("lbscope_endpoint_healthy", healthOf(THREE))).toBe(0);
		expect(away.value("lbscope_discovery_services", SOURCE)).toBe(1);
		expect(away.series(LAST_SUCCESS)).toEqual([]);
		expect(exporter.log()).toContain('"services of the run before are kept" source=kubernetes services=1');
		expectIdentities(away);
		expectNoneDown(away, before);
		// Killed, and away still: what was kept stays kept.
		process.kill(exporter.pid, "SIGKILL");
		await exporter.stop();
		exporter = await startExporter(lab(), overrides);
		expect(infoOf(await exporter.nextPage())).toEqual(infoOf(before));

		cluster.delete("services", "shop/front");
		await cluster.start();
		const back = await exporter.pageWhere((page) => page.value("lb_rule_count") === 0);
		expect(back.value(LAST_SUCCESS, SOURCE)).toBeGreaterThan(Date.now() / 1000 - 60);
		await exporter.stop();
	});
});

function requestsOf(page: Page): number {
	return page.sum("total_requests_per_service", { service: "shop/front" });
}

function infoOf(page: Page): unknown {
	return page.series("lbscope_service_info");
}

function healthOf(dip: string) {
	return { service: "shop/front", dip, port: "8080" };
}

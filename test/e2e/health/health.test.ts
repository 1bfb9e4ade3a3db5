import { expect, test } from "vitest";
import { run } from "../../../scripts/lab/run.ts";
import { DEFAULT_SERVICES, type ServicePlan } from "../../../scripts/lab/services.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import type { Page } from "../page.ts";
import { withExporter } from "../with-exporter.ts";

/** The test is its server. */
const OWN: ServicePlan = {
	name: "own",
	protocol: "tcp",
	port: 90,
	endpointPort: 9090,
	endpoints: [1],
	behaviour: "external",
};
const LABEL = { service: "own", dip: "10.20.1.2", port: "9090" };

function healthOf(page: Page, label: Readonly<Record<string, string>>): number[] {
	const series = page.series("lbscope_endpoint_healthy");
	const isMeant = (labels: Readonly<Record<string, string>>) =>
		Object.entries(label).every(([name, value]) => labels[name] === value);
	return series.filter(({ labels }) => isMeant(labels)).map(({ value }) => value);
}

describeAsRoot("health checks from the load balancer's namespace", 30_000, () => {
	const lab = withLab({ prefix: "ophealth", services: [...DEFAULT_SERVICES, OWN] });
	const exporter = withExporter(lab, { health: { interval: "200ms", timeout: "150ms", rise: 2, fall: 3 } });

	function startServer() {
		const { netns } = lab().endpoints[0] ?? {};
		const argv = ["python3", "-u", "-m", "http.server", "9090", "--bind", "10.20.1.2"];
		return lab().spawn(netns, argv);
	}

	test("tell who takes connections, and are no traffic", async () => {
		const page = await exporter().pageWhere((each) => each.series("lbscope_endpoint_healthy").length === 24);
		// They answer, or accept and reset. UDP and SCTP endpoints are not asked.
		expect(healthOf(page, { service: "web" })).toEqual([1, 1, 1]);
		expect(healthOf(page, { service: "reset-v6" })).toEqual([1, 1, 1]);
		expect(healthOf(page, { service: "refused" })).toEqual([0, 0, 0]);
		expect(healthOf(page, { service: "blackhole-v6" })).toEqual([0]);
		expect(healthOf(page, { service: "dns" })).toEqual([]);
		expect(page.value("healthy_endpoints_count")).toBe(12);
		expect(page.value("unhealthy_endpoints_count")).toBe(12);
		expect(page.value("processed_packets_total")).toBe(0);
		expect(page.value("total_requests")).toBe(0);
	});

	test("follow a server that starts, stops and starts again", async () => {
		expect(healthOf(await exporter().page(), LABEL)).toEqual([0]);
		for (const _ of [1, 2]) {
			const server = startServer();
			const up = await exporter().pageWhere((page) => healthOf(page, LABEL)[0] === 1);
			expect([up.value("healthy_endpoints_count"), up.value("unhealthy_endpoints_count")]).toEqual([13, 11]);
			await server.stop();
			const down = await exporter().pageWhere((page) => healthOf(page, LABEL)[0] === 0);
			expect([down.value("healthy_endpoints_count"), down.value("unhealthy_endpoints_count")]).toEqual([
				12, 12,
			]);
		}
	});
});

describeAsRoot("health checks that cannot be made", 20_000, () => {
	const lab = withLab({ prefix: "opnohealth" });
	const netns = "/run/netns/lbs-opnohealth-client1";
	const exporter = withExporter(lab, {
		health: { netns, interval: "200ms", timeout: "150ms", rise: 1, fall: 1 },
	});

	test("give no verdict, not a bad one", async () => {
		// From the client's namespace the endpoints can be reached as well.
		await exporter().pageWhere((page) => page.value("healthy_endpoints_count") === 12);
		await run(["ip", "netns", "delete", "lbs-opnohealth-client1"]);
		const page = await exporter().pageWhere((each) => each.series("lbscope_endpoint_healthy").length === 0);
		expect([page.value("healthy_endpoints_count"), page.value("unhealthy_endpoints_count")]).toEqual([0, 0]);
	});
});

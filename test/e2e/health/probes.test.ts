/** Probes beside real traffic: what they find, and that they are no traffic. */
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import type { Lab } from "../../../scripts/lab/lab.ts";
import { DEFAULT_SERVICES, type ServicePlan } from "../../../scripts/lab/services.ts";
import { converse } from "../../../scripts/lab/traffic.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import type { Page } from "../page.ts";
import { withExporter } from "../with-exporter.ts";

const SERVER = fileURLToPath(new URL("http-server.py", import.meta.url));
const ENDPOINT = { address: "10.20.1.2", port: 9090 };
const OWN: ServicePlan = {
	name: "own",
	protocol: "tcp",
	port: 90,
	endpointPort: ENDPOINT.port,
	endpoints: [1],
	behaviour: "external",
};
const QUICK = { interval: "200ms", timeout: "150ms", rise: 1, fall: 1 };

/** Services of the lab, and others at the same endpoint: it is one itself, so that packets to it are a client's. */
function services(lab: Lab, probe: unknown) {
	const [web, own] = [lab.service("web"), lab.service("own")];
	const inner = { name: "inner", vip: ENDPOINT.address, port: ENDPOINT.port, endpoints: [] };
	const plain = ({ label, ...rest }: typeof web) => ({ name: label, ...rest });
	return [plain(web), { ...plain(own), health: probe }, inner];
}

function healthOf(page: Page, service: string): number[] {
	return page
		.series("lbscope_endpoint_healthy")
		.filter(({ labels }) => labels.service === service)
		.map(({ value }) => value);
}

function expectNoTraffic(page: Page): void {
	expect(page.value("processed_packets_total")).toBe(0);
	expect(page.value("total_requests")).toBe(0);
	expect(page.series("client_traffic_packets")).toEqual([]);
}

function serve(lab: () => Lab): void {
	beforeAll(async () => {
		const { netns } = lab().endpoints[0] ?? {};
		lab().spawn(netns, ["python3", "-u", SERVER, String(ENDPOINT.port), ENDPOINT.address], { timeoutMs: 0 });
	});
}

describeAsRoot("HTTP probes through an attached interface", 30_000, () => {
	const lab = withLab({ prefix: "hprobes", services: [...DEFAULT_SERVICES, OWN] });
	serve(lab);
	const exporter = withExporter(lab, () => ({
		health: QUICK,
		services: services(lab(), { type: "http", path: "/status/204" }),
	}));

	test("find the endpoint well, take their time, and are no traffic though the endpoint is a service", async () => {
		const page = await exporter().pageWhere((each) => healthOf(each, "own")[0] === 1);
		expect(page.series("lbscope_endpoint_probe_duration_seconds")).toHaveLength(4);
		const labels = { service: "own", dip: ENDPOINT.address, port: String(ENDPOINT.port) };
		expect(page.value("lbscope_endpoint_probe_duration_seconds", labels)).toBeLessThan(0.15);
		// Some more rounds of probes.
		for (const _ of [1, 2, 3]) expectNoTraffic(await exporter().nextPage());
	});

	test("stay uncounted beside a client of the same endpoint, who is counted", async () => {
		const inner = { ...lab().service("web"), label: "inner", vip: ENDPOINT.address, port: ENDPOINT.port };
		await converse(lab(), { service: inner, client: 1, count: 3 });
		const page = await exporter().pageWhere((each) => each.value("total_requests") >= 3);
		expect(page.value("total_requests")).toBe(3);
		expect(page.value("total_requests_per_service", { service: "inner" })).toBe(3);
		const clients = page.series("client_traffic_packets").map(({ labels }) => labels.sip);
		expect(clients).toEqual(["10.10.1.2"]);
	});
});

describeAsRoot("HTTP probes that do not find what they want", 30_000, () => {
	const lab = withLab({ prefix: "hstatus", services: [...DEFAULT_SERVICES, OWN] });
	serve(lab);
	const exporter = withExporter(lab, () => ({
		health: QUICK,
		services: services(lab(), { type: "http", path: "/status/503" }),
	}));

	test("say what they found", async () => {
		// Before the server was up, it refused.
		const said = 'event="endpoint is unhealthy" endpoint=10.20.1.2:9090 protocol=tcp services=own';
		await exporter().pageWhere((page) => healthOf(page, "own")[0] === 0);
		expect(exporter().log()).toContain(said);
		await expect
			.poll(() => exporter().log(), { timeout: 10_000 })
			.toMatch(/reason="(status 503, expected 200-299|connection refused)"/);
	});
});

describeAsRoot("probes from elsewhere, that come in by an attached interface", 30_000, () => {
	const lab = withLab({ prefix: "helse", services: [...DEFAULT_SERVICES, OWN] });
	serve(lab);
	const exporter = withExporter(lab, () => ({
		health: { ...QUICK, netns: `/run/netns/${lab().clients[0]?.netns}` },
		services: services(lab(), { type: "http", path: "/" }),
	}));

	test("go to endpoints that are no service themselves only, and so are no traffic", async () => {
		await exporter().pageWhere((each) => healthOf(each, "web").join() === "1,1,1");
		for (const _ of [1, 2, 3]) {
			const page = await exporter().nextPage();
			expect(healthOf(page, "own")).toEqual([]);
			expectNoTraffic(page);
		}
	});
});

/** Services by the word of a LoxiLB's REST API, carried by the lab's load balancer. Shapes as in test/discovery/loxilb. */
import { expect, test } from "vitest";
import { converse } from "../../../scripts/lab/traffic.ts";
import { startLoxilb } from "../../discovery/loxilb/loxilb-server.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { startExporter } from "../exporter.ts";
import { expectIdentities } from "../identities.ts";
import type { Page } from "../page.ts";
import { endpointsOn, servicesOn } from "./balancer.ts";

const [ONE, TWO, THREE] = ["10.20.1.2", "10.20.2.2", "10.20.3.2"];
const SOURCE = { source: "loxilb" };

describeAsRoot("discovery from LoxiLB", 60_000, () => {
	const lab = withLab({ prefix: "dloxi" });

	test("knows rules, names and verdicts, and follows their changes", async () => {
		const loxilb = await startLoxilb(
			rules([rule("web", 80, [ONE, TWO, THREE])]),
			hosts({ [ONE]: "ok", [TWO]: "nok" }),
		);
		const exporter = await startExporter(lab(), {
			services: [],
			poll: { interval: "200ms" },
			health: { enabled: true, source: "discovery", interval: "200ms" },
			discovery: { loxilb: { url: loxilb.url, interval: "100ms" } },
		});
		const page = await exporter.nextPage();
		expect(servicesOn(page)).toEqual(["10.99.0.1 80 tcp"]);
		expect(endpointsOn(page, "web")).toEqual([ONE, TWO, THREE]);
		expect(verdictsOn(page)).toEqual({ [ONE]: 1, [TWO]: 0 });
		expect(page.value("healthy_endpoints_count")).toBe(1);
		await converse(lab(), { service: lab().service("web"), count: 6 });
		await exporter.pageWhere((each) => requestsOf(each) === 6);

		loxilb.hosts = hosts({ [ONE]: "nok", [TWO]: "ok", [THREE]: "ok" });
		await exporter.pageWhere(
			(each) => JSON.stringify(verdictsOn(each)) === JSON.stringify({ [ONE]: 0, [TWO]: 1, [THREE]: 1 }),
		);
		loxilb.rules = rules([rule("web", 80, [ONE, TWO]), rule("", 81, [THREE])]);
		const changed = await exporter.pageWhere((each) => servicesOn(each).length === 2);
		expect(endpointsOn(changed, "10.99.0.1:81")).toEqual([THREE]);
		loxilb.rules = rules([]);
		const none = await exporter.pageWhere((each) => each.value("lb_rule_count") === 0);
		expect(requestsOf(none)).toBe(6);

		loxilb.rules = (_, response) => void response.writeHead(500).end();
		await exporter.pageWhere((each) => each.value("lbscope_discovery_errors_total", SOURCE) > 0);
		loxilb.rules = rules([rule("web", 80, [ONE])]);
		const back = await exporter.pageWhere((each) => servicesOn(each).length === 1);
		await converse(lab(), { service: lab().service("web"), count: 2 });
		const last = await exporter.pageWhere((each) => requestsOf(each) === 8);
		expect(back.value("lbscope_discovery_services", SOURCE)).toBe(1);
		expectIdentities(last);
		await exporter.stop();
	});
});

function rules(lbAttr: readonly unknown[]): string {
	return JSON.stringify({ lbAttr });
}

function rule(name: string, port: number, addresses: readonly string[]): unknown {
	const endpoints = addresses.map((endpointIP) => {
		return { counter: "0:0", endpointIP, state: "active", targetPort: 8080, weight: 1 };
	});
	const more = { inactiveTimeOut: 240, mode: 0, monitor: true, sel: 0 };
	return {
		endpoints,
		secondaryIPs: null,
		serviceArguments: { ...more, externalIP: "10.99.0.1", name, port, protocol: "tcp" },
	};
}

function hosts(states: Readonly<Record<string, string>>): string {
	const Attr = Object.entries(states).map(([hostName, currState]) => {
		const probe = { inactiveReTries: 2, probeDuration: 60, probePort: 8080, probeType: "tcp" };
		return { ...probe, currState, hostName, name: `${hostName}_tcp_8080` };
	});
	return JSON.stringify({ Attr });
}

function verdictsOn(page: Page): Record<string, number> {
	const series = page
		.series("lbscope_endpoint_healthy")
		.map(({ labels, value }) => [labels.dip, value] as const);
	return Object.fromEntries(series.sort());
}

function requestsOf(page: Page): number {
	return page.sum("total_requests_per_service", { service: "web" });
}

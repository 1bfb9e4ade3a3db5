/** Direct routing: packets keep the VIP, so the endpoint is known by its Ethernet address and the neighbour table. */
import { beforeAll, expect, test } from "vitest";
import { interfaceCounters } from "../../../scripts/lab/counters.ts";
import type { Lab } from "../../../scripts/lab/lab.ts";
import type { Site } from "../../../scripts/lab/plan.ts";
import { converse } from "../../../scripts/lab/traffic.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { sumOf, withLab } from "../../lab/with-lab.ts";
import { calmTcp, withoutRetransmission } from "../calm-tcp.ts";
import { DIRECT_SERVICES, replyPastBalancer, routeDirectly } from "../direct-routing.ts";
import { exchange } from "../exchange.ts";
import type { Page } from "../page.ts";
import { type Observed, observe, sumTraffic, type Traffic } from "../truth.ts";
import { withExporter } from "../with-exporter.ts";

const LABELS = ["web", "web-v6", "dns", "dns-v6", "ngap", "ngap-v6"];
const COUNT = 20;

describeAsRoot("direct routing, both directions through the load balancer", 30_000, () => {
	const lab = withLab({ prefix: "xdirect", services: DIRECT_SERVICES });
	beforeAll(async () => {
		await calmTcp(lab());
		await routeDirectly(lab(), secondEndpoint(lab()));
	});
	const exporter = withExporter(lab);

	test("the endpoint is known by its IP address, and has all traffic", async () => {
		const seen = await withoutRetransmission(lab(), () =>
			observe(lab(), exporter(), () => exchangeWithAll(lab())),
		);
		expect(trafficOfEndpoint(seen, lab())).toEqual(seen.result);
		expect(sumOf(Object.values(seen.result), ({ bytes }) => bytes)).toBe(seen.wire.bytes);
		expect(dipsOf(seen.page).sort()).toEqual(Object.values(secondEndpoint(lab()).address).sort());
	});
});

describeAsRoot("direct routing, replies past the load balancer", 30_000, () => {
	const lab = withLab({ prefix: "xoneway", services: DIRECT_SERVICES });
	beforeAll(async () => {
		await routeDirectly(lab(), secondEndpoint(lab()));
		await replyPastBalancer(lab().clients[0] as Site, secondEndpoint(lab()));
	});
	const exporter = withExporter(lab, { timeouts: { tcp_closing: "1s", udp: "3s" } });

	test("the client's direction is counted, each flow as one request and none as an error", async () => {
		const replies = async () => (await interfaceCounters(lab().balancer.netns, "client1")).txPackets;
		const repliesBefore = await replies();
		const seen = await observe(lab(), exporter(), () => converseWithAll(lab()));
		expect(await replies()).toBe(repliesBefore);
		const counted = Object.values(trafficOfEndpoint(seen, lab()));
		expect({
			packets: sumOf(counted, ({ packets }) => packets),
			bytes: sumOf(counted, ({ bytes }) => bytes),
		}).toEqual(seen.wire);
		expect(seen.page.value("total_requests")).toBe(COUNT * LABELS.length);
		expect(seen.page.value("total_errors")).toBe(0);
	});

	test("connections are seen to open, to be held and to close", async () => {
		const held = ["web", "web-v6", "ngap"].map((label) =>
			converse(lab(), { service: lab().service(label), count: 4, holdSeconds: 2 }),
		);
		await exporter().pageWhere(
			(page) => page.value("active_flow_count_tcp") === 8 && page.value("active_flow_count_sctp") === 4,
		);
		await Promise.all(held);
		const isEmpty = (page: Page) => page.value("lbscope_map_entries", { map: "flows" }) === 0;
		expect((await exporter().pageWhere(isEmpty)).value("total_errors")).toBe(0);
	});
});

function secondEndpoint(lab: Lab): Site {
	return lab.endpoints[1] as Site;
}

const shapeOf = (i: number) => ({
	count: COUNT,
	firstPort: 20_000 + i * 1000,
	requestBytes: 1200,
	responseBytes: 1200,
});

/** By service, what its conversations put on the wire. */
async function exchangeWithAll(lab: Lab): Promise<Record<string, Traffic>> {
	const running = LABELS.map(async (label, i) => {
		const rows = await exchange(lab, { service: lab.service(label), ...shapeOf(i) });
		return sumTraffic(
			rows,
			() => label,
			({ traffic }) => traffic,
		);
	});
	return Object.assign({}, ...(await Promise.all(running)));
}

/** The same with a graceful end. */
async function converseWithAll(lab: Lab): Promise<void> {
	const running = LABELS.map((label, i) => converse(lab, { service: lab.service(label), ...shapeOf(i) }));
	const rows = (await Promise.all(running)).flat();
	expect(rows.map(({ outcome }) => outcome)).toEqual(rows.map(() => "ok"));
}

/** By service, what the page gives to the address of the endpoint. */
function trafficOfEndpoint({ grown }: Observed<unknown>, lab: Lab): Record<string, Traffic> {
	const counted = LABELS.map((service) => {
		const dip = secondEndpoint(lab).address[service.endsWith("-v6") ? 6 : 4];
		const packets = grown("lb_rule_interaction_packets", { service, dip });
		return [service, { packets, bytes: grown("lb_rule_interaction_bytes", { service, dip }) }];
	});
	return Object.fromEntries(counted);
}

function dipsOf(page: Page): string[] {
	return [...new Set(page.series("lb_rule_interaction_bytes").map(({ labels }) => labels.dip ?? ""))];
}

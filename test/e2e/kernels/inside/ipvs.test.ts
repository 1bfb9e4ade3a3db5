/** IPVS in its four ways of forwarding, its services found in /proc/net/ip_vs: the page against what the conversations say. */
import { beforeAll, expect, test } from "vitest";
import { interfaceCounters } from "../../../../scripts/lab/counters.ts";
import type { Lab } from "../../../../scripts/lab/lab.ts";
import type { Site } from "../../../../scripts/lab/plan.ts";
import { DEFAULT_SERVICES, type ServicePlan } from "../../../../scripts/lab/services.ts";
import { converse } from "../../../../scripts/lab/traffic.ts";
import { defaultLabel, type Service } from "../../../../src/model/service.ts";
import { describeAsRoot } from "../../../lab/as-root.ts";
import { sumOf, withLab } from "../../../lab/with-lab.ts";
import { calmTcp, withoutRetransmission } from "../../calm-tcp.ts";
import { DIRECT_SERVICES, replyPastBalancer, serveVips } from "../../direct-routing.ts";
import { exchange } from "../../exchange.ts";
import type { Exporter } from "../../exporter.ts";
import { type Observed, observe, sumTraffic, type Traffic } from "../../truth.ts";
import { withExporter } from "../../with-exporter.ts";
import { balanceByIpvs, masquerade, openTunnels, takeVips } from "./ipvs.ts";

const NAT_SERVICES = DEFAULT_SERVICES.filter(({ name }) => ["web", "dns", "ngap"].includes(name));
const COUNT = 12;

for (const isHidden of [false, true]) {
	describeAsRoot(isHidden ? "IPVS: NAT with masquerade" : "IPVS: NAT", 60_000, () => {
		const { lab, exporter } = withIpvs(isHidden ? "ipvsmasq" : "ipvsnat", NAT_SERVICES, async (lab) => {
			await calmTcp(lab);
			await balanceByIpvs(lab, "nat");
			if (isHidden) await masquerade(lab);
		});

		test("every endpoint has all of its traffic", async () => {
			const seen = await withoutRetransmission(lab(), () =>
				observe(lab(), exporter(), () => exchangeWithAll(lab())),
			);
			expect(Object.keys(seen.result)).toHaveLength(lab().services.length * 3);
			expect(trafficOfPairs(seen, Object.keys(seen.result))).toEqual(seen.result);
			expect(seen.wire).toEqual({
				packets: sumOf(Object.values(seen.result), ({ packets }) => packets),
				bytes: sumOf(Object.values(seen.result), ({ bytes }) => bytes),
			});
			expect(seen.page.value("lb_rule_count")).toBe(lab().services.length);
		});
	});
}

for (const forwarding of ["direct", "tunnel"] as const) {
	describeAsRoot(`IPVS: ${forwarding}`, 60_000, () => {
		const { lab, exporter } = withIpvs(`ipvs${forwarding}`, oneEndpoint(), async (lab) => {
			const endpoint = lab.endpoints[1] as Site;
			await balanceByIpvs(lab, forwarding);
			await takeVips(endpoint);
			if (forwarding === "tunnel") await openTunnels(endpoint);
			await serveVips(lab, endpoint);
			await replyPastBalancer(lab.clients[0] as Site, endpoint);
		});

		test("the endpoint has the client's direction, each flow as one request and none as an error", async () => {
			const seen = await observe(lab(), exporter(), () => converseWithAll(lab()));
			const { rxPackets, txPackets } = await interfaceCounters(lab().balancer.netns, "client1");
			expect(txPackets).toBeLessThan(rxPackets / 10);
			const pairs = lab().services.map((service) => keyOf(service, service.endpoints[0]?.address ?? ""));
			const counted = Object.values(trafficOfPairs(seen, pairs));
			expect({
				packets: sumOf(counted, ({ packets }) => packets),
				bytes: sumOf(counted, ({ bytes }) => bytes),
			}).toEqual(seen.wire);
			expect(seen.grown("total_requests")).toBe(COUNT * lab().services.length);
			expect(seen.page.value("total_errors")).toBe(0);
		});
	});
}

/** Nothing tells the exporter of the services but IPVS itself. */
function withIpvs(
	prefix: string,
	services: readonly ServicePlan[],
	prepare: (lab: Lab) => Promise<void>,
): { lab: () => Lab; exporter: () => Exporter } {
	const lab = withLab({ prefix, services });
	beforeAll(() => prepare(lab()));
	const exporter = withExporter(lab, () => ({
		services: [],
		discovery: { ipvs: { netns: lab().balancer.path, interval: "1s" } },
	}));
	return { lab, exporter };
}

function oneEndpoint(): ServicePlan[] {
	return DIRECT_SERVICES.map((service) => ({ ...service, endpoints: [2] }));
}

function labelOf({ vip, port, protocol }: Service): string {
	return defaultLabel(vip, port, protocol);
}

function keyOf(service: Service, endpoint: string): string {
	return `${labelOf(service)} ${endpoint}`;
}

const shapeOf = (index: number) => ({
	count: COUNT,
	firstPort: 20_000 + index * 1000,
	requestBytes: 1000,
	responseBytes: 1200,
});

/** By service and endpoint, what the conversations put on the wire. */
async function exchangeWithAll(lab: Lab): Promise<Record<string, Traffic>> {
	const running = lab.services.map(async (service, index) => {
		const rows = await exchange(lab, { service, ...shapeOf(index) });
		return sumTraffic(
			rows,
			({ endpoint }) => keyOf(service, endpoint),
			({ traffic }) => traffic,
		);
	});
	return Object.assign({}, ...(await Promise.all(running)));
}

async function converseWithAll(lab: Lab): Promise<void> {
	const running = lab.services.map((service, index) => converse(lab, { service, ...shapeOf(index) }));
	const rows = (await Promise.all(running)).flat();
	expect(rows.map(({ outcome }) => outcome)).toEqual(rows.map(() => "ok"));
}

function trafficOfPairs({ grown }: Observed<unknown>, keys: readonly string[]): Record<string, Traffic> {
	const counted = keys.map((key) => {
		const [service = "", dip = ""] = key.split(" ");
		const packets = grown("lb_rule_interaction_packets", { service, dip });
		return [key, { packets, bytes: grown("lb_rule_interaction_bytes", { service, dip }) }];
	});
	return Object.fromEntries(counted);
}

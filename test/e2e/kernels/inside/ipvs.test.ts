/** IPVS in its four ways of forwarding, its services found in /proc/net/ip_vs: the page against what the conversations say. */
import { release } from "node:os";
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
import { programsOnAll } from "../../operation/programs-on.ts";
import { type Observed, observe, sumTraffic, type Traffic } from "../../truth.ts";
import { withExporter } from "../../with-exporter.ts";
import { balanceByIpvs, masquerade, openTunnels, takeVips } from "./ipvs.ts";

const NAT_SERVICES = DEFAULT_SERVICES.filter(({ name }) => ["web", "dns", "ngap"].includes(name));
const TCX = ["tcx ingress", "tcx egress"];
const CLSACT = ["clsact", "filter ingress", "filter egress"];
const COUNT = 12;

describeAsRoot("IPVS by NAT", 60_000, () => {
	const { lab, exporter } = withIpvs("ipvsnat", NAT_SERVICES, calmTcp);

	test("the programs are attached by tcx, or before Linux 6.6 as filters of clsact", async () => {
		const [major = 0, minor = 0] = release().split(".").map(Number);
		const isNew = major > 6 || (major === 6 && minor >= 6);
		const expected = isNew ? TCX : CLSACT;
		const attached = lab().interfaces.flatMap(({ name }) => expected.map((what) => `${name}: ${what}`));
		expect(await programsOnAll(lab())).toEqual(attached);
	});

	test.each([
		["plain", async () => {}],
		["with masquerade", () => masquerade(lab())],
	])("every endpoint has all of its traffic, %s", async (_, change) => {
		await change();
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

describeAsRoot("IPVS past which the replies go", 60_000, () => {
	const { lab, exporter } = withIpvs("ipvspast", oneEndpoint(), async (lab) => {
		const endpoint = lab.endpoints[1] as Site;
		await takeVips(endpoint);
		await openTunnels(endpoint);
		await serveVips(lab, endpoint);
		await replyPastBalancer(lab.clients[0] as Site, endpoint);
	});

	test.each(["direct", "tunnel"] as const)(
		"the endpoint has the client's direction: %s",
		async (forwarding) => {
			await balanceByIpvs(lab(), forwarding);
			const { txPackets } = await interfaceCounters(lab().balancer.netns, "client1");
			const seen = await observe(lab(), exporter(), () => converseWithAll(lab()));
			expect((await interfaceCounters(lab().balancer.netns, "client1")).txPackets).toBe(txPackets);
			const pairs = lab().services.map((service) => keyOf(service, service.endpoints[0]?.address ?? ""));
			const counted = Object.values(trafficOfPairs(seen, pairs));
			expect({
				packets: sumOf(counted, ({ packets }) => packets),
				bytes: sumOf(counted, ({ bytes }) => bytes),
			}).toEqual(seen.wire);
			expect(seen.grown("total_requests")).toBe(COUNT * lab().services.length);
			expect(seen.page.value("total_errors")).toBe(0);
		},
	);
});

/** Nothing tells the exporter of the services but IPVS itself. */
function withIpvs(
	prefix: string,
	services: readonly ServicePlan[],
	prepare: (lab: Lab) => Promise<void>,
): { lab: () => Lab; exporter: () => Exporter } {
	const lab = withLab({ prefix, services });
	beforeAll(async () => {
		await balanceByIpvs(lab(), "nat");
		await prepare(lab());
	});
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

let round = 0;

const shapeOf = (index: number) => ({
	count: COUNT,
	// Each time other ones: what a load balancer remembers of a connection lasts for minutes.
	firstPort: 20_000 + index * 1000 + COUNT * round++,
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

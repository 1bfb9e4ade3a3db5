/**
 * Links that lose, double and reorder packets. What arrives at the load balancer counts, as often as it does: the page equals the
 * interfaces, a connection is one request however often its first packet comes, and none is an error that came to a good end.
 * conntrack is no truth here: it passes over what it knows to be sent twice. It is for the number of flows.
 */
import { beforeAll, expect, test } from "vitest";
import { type ConntrackRow, serviceRows } from "../../../scripts/lab/conntrack.ts";
import { watchConntrack } from "../../../scripts/lab/conntrack-watch.ts";
import type { Lab } from "../../../scripts/lab/lab.ts";
import { type Roughness, roughen } from "../../../scripts/lab/rough-link.ts";
import { inNetns, run } from "../../../scripts/lab/run.ts";
import { type Conversation, converse, type TrafficOptions } from "../../../scripts/lab/traffic.ts";
import { runUsrsctp } from "../../../scripts/lab/usrsctp.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import type { Exporter } from "../exporter.ts";
import { expectIdentities } from "../identities.ts";
import type { Labels, Page } from "../page.ts";
import { clientWire, serviceOf, type Traffic } from "../truth.ts";
import { withExporter } from "../with-exporter.ts";

const ROUGH: Roughness = { lose: 0.02, double: 0.05, reorder: 0.1 };
const NETEM = "delay 3ms loss 2% duplicate 5% reorder 90%";

/** Of one association, whose ends know how to send again. */
const MESSAGES = 200;

type Shape = Omit<TrafficOptions, "service"> & { readonly label: string };

const SHAPES: readonly Shape[] = [
	{ label: "web", count: 30, requestBytes: 3000, responseBytes: 20_000, timeoutSeconds: 20 },
	{ label: "web-v6", count: 30, requestBytes: 3000, responseBytes: 20_000, timeoutSeconds: 20 },
	{ label: "dns", count: 60, datagrams: 5, timeoutSeconds: 1 },
	{ label: "dns-v6", count: 60, datagrams: 5, timeoutSeconds: 1 },
];

describeAsRoot("links that lose, double and reorder", 60_000, () => {
	const lab = withLab({ prefix: "xrough" });
	beforeAll(() => prepare(lab()));
	const exporter = withExporter(lab);

	test("by a queue in user space: the page equals the interfaces, requests are flows, no error is invented", async () => {
		const links = await Promise.all(
			[...lab().clients, ...lab().endpoints].map((site, i) =>
				roughen(lab(), site, "POSTROUTING", { ...ROUGH, seed: i }, site.gatewayMac),
			),
		);
		await expectExact(lab(), exporter(), 20_000);
		for (const link of links) {
			const { lost, doubled, held } = await link.smooth();
			expect(Math.min(lost, doubled, held)).toBeGreaterThan(0);
		}
	});

	test("by the kernel's netem: the same", async ({ skip }) => {
		const sites = [...lab().clients, ...lab().endpoints];
		const add = (netns: string) =>
			run(inNetns(netns, ["tc", "qdisc", "add", "dev", "eth0", "root", "netem", ...NETEM.split(" ")]));
		const isThere = await Promise.all(sites.map(({ netns }) => add(netns))).then(
			() => true,
			(error: Error) => {
				if (!error.message.includes("qdisc kind is unknown")) throw error;
				return false;
			},
		);
		if (!isThere) console.warn("netem test skipped: this kernel has no sch_netem");
		if (!isThere) skip("this kernel has no sch_netem");
		await expectExact(lab(), exporter(), 25_000);
	});
});

describeAsRoot("packets lost and reordered between the hooks", 60_000, () => {
	const lab = withLab({ prefix: "xbetween" });
	beforeAll(() => prepare(lab()));
	const exporter = withExporter(lab);

	test("are counted where they came in, at their endpoint or an unknown one", async () => {
		const link = await roughen(lab(), lab().balancer, "FORWARD", { lose: 0.02, reorder: 0.1 });
		const seen = await converseRoughly(lab(), exporter(), 20_000);
		// Nothing is lost in front of the load balancer, so it has met each conversation.
		for (const { label, count } of SHAPES) {
			expect([label, seen.grown("total_requests_per_service", { service: label })]).toEqual([label, count]);
		}
		const { lost, held } = await link.smooth();
		expect(Math.min(lost, held)).toBeGreaterThan(0);
		for (const { label: service } of SHAPES) {
			const { endpoints } = lab().service(service);
			expect([...endpoints.map(({ address }) => address), "unknown"]).toEqual(
				expect.arrayContaining(dipsOf(seen.page, service)),
			);
		}
	});
});

/** Without be_liberal, segments that come in another order are none of a connection's to conntrack, and not translated. */
async function prepare(lab: Lab): Promise<void> {
	const liberal = "echo 1 > /proc/sys/net/netfilter/nf_conntrack_tcp_be_liberal";
	await run(inNetns(lab.balancer.netns, ["sh", "-e"]), liberal);
	// An answer to a socket that has gone would be refused: packets on the interface that are no traffic of a service.
	for (const site of [...lab.clients, ...lab.endpoints]) {
		await run(inNetns(site.netns, ["iptables", "-A", "OUTPUT", "-p", "icmp", "-j", "DROP"]));
		const v6 = ["-p", "icmpv6", "--icmpv6-type", "destination-unreachable", "-j", "DROP"];
		await run(inNetns(site.netns, ["ip6tables", "-A", "OUTPUT", ...v6]));
	}
}

interface Seen {
	readonly page: Page;
	readonly flows: readonly ConntrackRow[];
	grown(name: string, labels?: Labels): number;
}

/** What must hold wherever the link is rough. `firstPort`: of the clients, others each time: a flow of UDP stays for a while. */
async function converseRoughly(lab: Lab, exporter: Exporter, firstPort: number): Promise<Seen> {
	const before = await exporter.nextPage();
	const watch = await watchConntrack(lab);
	const wireBefore = await clientWire(lab);
	const rows = await converseAll(lab, firstPort);
	const { page, wire } = await quietPage(lab, exporter);
	const flows = serviceRows(lab, await watch.finish());
	const grown = (name: string, labels?: Labels) => page.sum(name, labels) - before.sum(name, labels);
	expectIdentities(page, before);
	expect({
		packets: grown("processed_packets_total"),
		bytes: grown("processed_bytes_total"),
	}).toEqual({ packets: wire.packets - wireBefore.packets, bytes: wire.bytes - wireBefore.bytes });
	// TCP brings all of them to their end; UDP does not, and lost datagrams are no errors.
	const connections = rows.filter(({ segsOut }) => segsOut !== undefined);
	expect(connections.filter(({ outcome }) => outcome !== "ok")).toEqual([]);
	expect(grown("total_errors")).toBe(0);
	// A last segment may be on its way still.
	await exporter.pageWhere(
		(each) => each.value("active_flow_count_tcp") + each.value("active_flow_count_sctp") === 0,
	);
	return { page, flows, grown };
}

function dipsOf(page: Page, service: string): (string | undefined)[] {
	const pairs = page.series("lb_rule_interaction_bytes").filter(({ labels }) => labels.service === service);
	return pairs.map(({ labels }) => labels.dip);
}

async function expectExact(lab: Lab, exporter: Exporter, firstPort: number): Promise<void> {
	const { flows, grown } = await converseRoughly(lab, exporter, firstPort);
	for (const service of [...SHAPES.map(({ label }) => label), "usrsctp"]) {
		const requests = flows.filter((flow) => serviceOf(lab, flow) === service).length;
		expect([service, grown("total_requests_per_service", { service })]).toEqual([service, requests]);
	}
	expect(grown("lb_rule_interaction_bytes", { dip: "unknown" })).toBe(0);
}

async function converseAll(lab: Lab, firstPort: number): Promise<Conversation[]> {
	const running = SHAPES.map(({ label, ...shape }, i) =>
		converse(lab, { ...shape, service: lab.service(label), firstPort: firstPort + i * 1000 }),
	);
	const [association, ...rows] = await Promise.all([runUsrsctp(lab, MESSAGES, 1000), ...running]);
	expect(association.messages).toBe(MESSAGES);
	return rows.flat();
}

/** Packets may come long after the conversations: a page from between two looks at the interfaces that saw the same. */
async function quietPage(lab: Lab, exporter: Exporter): Promise<{ page: Page; wire: Traffic }> {
	let wire = await clientWire(lab);
	for (;;) {
		const page = await exporter.pageWhere((each) => each.sum("lbscope_unattributed_bytes") === 0);
		const later = await clientWire(lab);
		if (later.packets === wire.packets) return { page, wire };
		wire = later;
	}
}

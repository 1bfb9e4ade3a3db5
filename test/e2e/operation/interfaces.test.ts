import { expect, test } from "vitest";
import type { Lab } from "../../../scripts/lab/lab.ts";
import { inNetns, run } from "../../../scripts/lab/run.ts";
import { converse } from "../../../scripts/lab/traffic.ts";
import { readLinks } from "../../../src/bpf/netlink.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { expectIdentities } from "../identities.ts";
import type { Page } from "../page.ts";
import { withExporter } from "../with-exporter.ts";
import { startInside } from "./inside.ts";
import { insideConfig, withFiles } from "./program.ts";
import { programsOn } from "./programs-on.ts";

const BOTH = ["tcx ingress", "tcx egress"];

function ip(netns: string, ...commands: string[]): Promise<string> {
	return run(inNetns(netns, ["ip", "-batch", "-"]), `${commands.join("\n")}\n`);
}

function attached(page: Page): Record<string, number> {
	const states = page.series("lbscope_interface_attached");
	return Object.fromEntries(states.map(({ labels, value }) => [labels.interface, value]));
}

describeAsRoot("an interface that vanishes and comes back", 30_000, () => {
	const lab = withLab({ prefix: "opback", clients: 2 });
	const extra = `/run/netns/lbs-opback-endpoint3`;
	const exporter = withExporter(() => lab(), {
		interfaces: ["client1", "client2", "endpoint1", "endpoint2"]
			.map((name) => ({ name, netns: "/run/netns/lbs-opback-lb" }))
			.concat({ name: "late0", netns: extra }),
	});

	async function requests(count: number): Promise<Page> {
		const before = (await exporter().nextPage()).value("total_requests");
		await converse(lab(), { service: lab().service("web"), count });
		return exporter().pageWhere((page) => page.value("total_requests") === before + count);
	}

	test("is counted again, and nothing that was counted is lost", async () => {
		const before = await requests(5);
		await ip(lab().balancer.netns, "link delete client1");
		const without = await exporter().pageWhere((page) => attached(page)["lbs-opback-lb/client1"] === 0);
		await makeClientLink(lab());
		const back = await exporter().pageWhere((page) => attached(page)["lbs-opback-lb/client1"] === 1);
		expect(await programsOn(lab().balancer.netns, "client1")).toEqual(BOTH);
		const after = await requests(5);
		for (const [page, earlier] of [
			[without, before],
			[back, without],
			[after, back],
		] as const)
			expectIdentities(page, earlier);
		expect(exporter().log()).toMatch(/event="interface gone" interface=lbs-opback-lb\/client1/);
	});

	test("is found when it appears for the first time", async () => {
		const label = "lbs-opback-endpoint3/late0";
		expect(attached(await exporter().page())[label]).toBe(0);
		await ip("lbs-opback-endpoint3", "link add late0 type veth peer name late1");
		await exporter().pageWhere((page) => attached(page)[label] === 1);
		expect(await programsOn("lbs-opback-endpoint3", "late0")).toEqual(BOTH);
		const lines = exporter().log().split("\n");
		// Looked for every second, told of when that changes.
		expect(lines.flatMap((line) => / (event=.*late0.*)/.exec(line)?.[1] ?? [])).toEqual([
			`event="not attached" interface=${label} reason="there is no such interface"`,
			`event=attached interface=${label} by=tcx`,
		]);
	});

	test("is known by its namespace's path, when another namespace takes the same", async () => {
		const label = "lbs-opback-endpoint3/late0";
		for (const _ of [1, 2]) {
			// As quickly as can be: the new interface has the index of the old one.
			const make = (what: string) => `ip netns ${what} lbs-opback-endpoint3`;
			const link = "ip -n lbs-opback-endpoint3 link add late0 index 77 type veth peer name late1";
			await run(["sh", "-ec", [make("delete"), make("add"), link].join("\n")]);
			await expect.poll(() => programsOn("lbs-opback-endpoint3", "late0"), { timeout: 10_000 }).toEqual(BOTH);
		}
		expect(attached(await exporter().nextPage())[label]).toBe(1);
	});

	test("stops no poll when its namespace goes with it, and does not keep that one", async () => {
		await ip("lbs-opback-endpoint3", "link add far0 type veth peer name near0 netns lbs-opback-lb");
		await run(["ip", "netns", "delete", "lbs-opback-endpoint3"]);
		await exporter().pageWhere((page) => attached(page)["lbs-opback-endpoint3/late0"] === 0);
		// The kernel takes the other end of a pair away when it takes the namespace down.
		const names = () => readLinks(lab().balancer.path).map(({ name }) => name);
		await expect.poll(names).not.toContain("near0");
		expect((await exporter().nextPage()).value("lbscope_poll_errors_total")).toBe(0);
	});
});

/** As the lab's topology made it. */
async function makeClientLink(lab: Lab): Promise<void> {
	const [client] = lab.clients;
	if (!client) throw new Error("the lab has no client");
	const { netns } = lab.balancer;
	await ip(
		netns,
		`link add client1 address ${client.gatewayMac} type veth peer name eth0 netns ${client.netns} address ${client.mac}`,
		"link set client1 up",
		`addr add ${client.gateway[4]}/24 dev client1`,
	);
	await ip(
		client.netns,
		"link set eth0 up",
		`addr add ${client.address[4]}/24 dev eth0`,
		`route add default via ${client.gateway[4]}`,
	);
}

describeAsRoot("interfaces: auto", 20_000, () => {
	const lab = withLab({ prefix: "opauto", clients: 2, bridge: { netfilter: false } });
	const file = withFiles();

	test("takes the lowest interfaces, and follows them", async () => {
		const { netns } = lab().balancer;
		const config = await file("auto.yaml", insideConfig(lab(), { interfaces: "auto" }));
		const exporter = await startInside(lab(), config);
		const lowest = lab()
			.interfaces.map(({ name }) => name)
			.sort();
		expect(Object.keys(attached(await exporter.pageWhere(() => true)))).toEqual(lowest);
		expect(await programsOn(netns, "br0")).toEqual([]);
		expect(await programsOn(netns, "lo")).toEqual([]);

		await ip(netns, "link add new0 type veth peer name new1", "link set new0 up", "link set new1 up");
		await exporter.pageWhere((page) => attached(page).new0 === 1 && attached(page).new1 === 1);
		await ip(netns, "link add mv0 link new0 type macvlan", "link set mv0 up");
		await ip(netns, "link set new1 down");
		await exporter.pageWhere((page) => !("new1" in attached(page)));
		expect(await programsOn(netns, "mv0")).toEqual([]);
		await ip(netns, "link delete new0");
		await exporter.pageWhere((page) => !("new0" in attached(page)));

		await converse(lab(), { service: lab().service("web"), count: 5 });
		// A flow that began while its endpoint's hardware address was looked for waits for its next packet.
		const page = await exporter.pageWhere(
			(each) => each.value("total_requests") === 5 && each.sum("lbscope_unattributed_bytes") === 0,
		);
		expectIdentities(page);
		expect((await exporter.process.stop()).code).toBe(0);
	});
});

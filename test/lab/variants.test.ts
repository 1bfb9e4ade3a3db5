import { expect, test } from "vitest";
import { conntrackRows, serviceRows } from "../../scripts/lab/conntrack.ts";
import { interfaceCounters } from "../../scripts/lab/counters.ts";
import type { LabOptions } from "../../scripts/lab/options.ts";
import { inNetns, run } from "../../scripts/lab/run.ts";
import { converse } from "../../scripts/lab/traffic.ts";
import { describeAsRoot } from "./as-root.ts";
import { countBy, withLab } from "./with-lab.ts";

const LABELS = ["web", "web-v6", "dns", "dns-v6", "ngap", "ngap-v6"];

const VARIANTS: readonly (readonly [title: string, options: LabOptions])[] = [
	["with masquerade", { prefix: "masq", masquerade: true }],
	["with offloads", { prefix: "offload", offloads: "on" }],
	["over a bridge with netfilter", { prefix: "bridgenf", clients: 2, bridge: { netfilter: true } }],
	["over a bridge without", { prefix: "bridge", clients: 2, bridge: { netfilter: false }, masquerade: true }],
];

for (const [title, options] of VARIANTS) {
	describeAsRoot(`a lab ${title}`, 20_000, () => {
		const lab = withLab(options);

		test.each(LABELS)("answers at %s", async (label) => {
			const service = lab().service(label);
			const rows = await converse(lab(), { service, count: 6, responseBytes: 3000, requestBytes: 2000 });
			expect(countBy(rows, "outcome")).toEqual({ ok: 6 });
			expect(Object.values(countBy(rows, "endpoint"))).toEqual([2, 2, 2]);
		});

		test("hides the client only when it masquerades", async () => {
			const flows = serviceRows(lab(), await conntrackRows(lab()));
			expect(flows.length).toBeGreaterThan(0);
			const hidden = flows.filter((flow) => flow.reply.destination !== flow.original.source);
			expect(hidden).toHaveLength(options.masquerade ? flows.length : 0);
		});
	});
}

describeAsRoot("offloads of a lab", 20_000, () => {
	const [off, on] = (["off", "on"] as const).map((offloads) =>
		withLab({ prefix: `gso${offloads}`, offloads }),
	);

	test("make packets larger than the wire's when on, and never when off", async () => {
		expect(await largestPacket(on)).toBeGreaterThan(1514);
		expect(await largestPacket(off)).toBeLessThanOrEqual(1514);
	});

	async function largestPacket(lab: typeof on): Promise<number> {
		if (!lab) return Number.NaN;
		const before = await interfaceCounters(lab().balancer.netns, "client1");
		await converse(lab(), { service: lab().service("web"), responseBytes: 5_000_000 });
		const after = await interfaceCounters(lab().balancer.netns, "client1");
		return (after.txBytes - before.txBytes) / (after.txPackets - before.txPackets);
	}
});

describeAsRoot("the bridge of a lab", 20_000, () => {
	const lab = withLab({ prefix: "ports", clients: 2, bridge: { netfilter: true } });

	test("has the client-facing interfaces as its ports", async () => {
		const argv = ["ip", "-json", "link", "show", "master", lab().bridge ?? ""];
		const ports = JSON.parse(await run(inNetns(lab().balancer.netns, argv))) as { ifname: string }[];
		const clientSide = lab().interfaces.filter(({ side }) => side === "client");
		expect(ports.map((port) => port.ifname).sort()).toEqual(clientSide.map(({ name }) => name));
	});

	test("sends no packet to the wrong client", async () => {
		const before = await interfaceCounters(lab().balancer.netns, "client2");
		await converse(lab(), { service: lab().service("web"), client: 1, count: 5 });
		expect(await interfaceCounters(lab().balancer.netns, "client2")).toEqual(before);
	});
});

/** What passes no tc hook is not on the page, not even in part: beside it, the rest is exact. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Lab } from "../../../scripts/lab/lab.ts";
import { converse } from "../../../scripts/lab/traffic.ts";
import type { BpfObject } from "../../../src/bpf/object.ts";
import { loadSource } from "../../compile-bpf.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { conntrackSums, observe, serviceOf } from "../truth.ts";
import { withExporter } from "../with-exporter.ts";
import { addXdp } from "./attach.ts";

const COUNT = 20;

describeAsRoot("unseen: XDP_TX", 30_000, () => {
	const lab = withLab({ prefix: "xxdp" });
	let object: BpfObject | undefined;
	beforeAll(async () => {
		object = await loadSource(new URL("bouncing.bpf.c", import.meta.url));
		addXdp(lab(), "client1", object.program("bounce"));
	});
	afterAll(() => object?.close());
	const exporter = withExporter(lab);

	test("packets that XDP sends off are on the interface, and nowhere on the page", async () => {
		const [bounced, passed] = [lab().service("dns"), lab().service("dns-v6")];
		const seen = await observe(lab(), exporter(), async () => {
			// A request is its own answer.
			const rows = await converse(lab(), { service: bounced, count: COUNT, firstPort: 20_000 });
			return [...rows, ...(await converse(lab(), { service: passed, count: COUNT, firstPort: 20_000 }))];
		});
		expect(seen.result.map(({ outcome }) => outcome)).toEqual(seen.result.map(() => "ok"));
		expect(seen.wire.packets).toBe(4 * COUNT);
		expect(seen.grown("processed_packets_total")).toBe(2 * COUNT);
		expect(seen.grown("total_requests_per_service", { service: passed.label })).toBe(COUNT);
		expect(seen.grown("total_requests")).toBe(COUNT);
	});
});

describeAsRoot("unseen: clients on the load balancer", 30_000, () => {
	const lab = withLab({ prefix: "xlocal", clients: 2, rules: "iptables-nft" });
	const exporter = withExporter(lab);

	test("are served through the rules of the OUTPUT chain, and come in by no interface", async () => {
		const seen = await observe(lab(), exporter(), async () => {
			const running = ["web", "web-v6", "dns", "dns-v6"].map((label, i) => {
				const shape = { count: COUNT, firstPort: 20_000 + i * 1000 };
				return converse(onBalancer(lab()), { ...shape, service: lab().service(label) });
			});
			return (await Promise.all(running)).flat();
		});
		expect(seen.result.map(({ outcome }) => outcome)).toEqual(seen.result.map(() => "ok"));
		expect(seen.flows).toHaveLength(seen.result.length);
		expect(seen.grown("processed_packets_total")).toBe(0);
		expect(seen.grown("total_requests")).toBe(0);
	});

	test("take nothing away from those that come in by one", async () => {
		const service = lab().service("web");
		const seen = await observe(lab(), exporter(), async () => {
			const shape = { service, count: COUNT, responseBytes: 5000 };
			await Promise.all([converse(onBalancer(lab()), shape), converse(lab(), { ...shape, client: 2 })]);
		});
		const fromOutside = seen.flows.filter(({ original }) => original.source === lab().clients[1]?.address[4]);
		expect({
			web: {
				packets: seen.grown("service_traffic_packets", { service: "web" }),
				bytes: seen.grown("service_traffic_bytes", { service: "web" }),
			},
		}).toEqual(conntrackSums(fromOutside, (flow) => serviceOf(lab(), flow)));
		expect(seen.grown("total_requests")).toBe(COUNT);
	});
});

/** The lab with a first client that sits on the load balancer itself. */
function onBalancer(lab: Lab): Lab {
	return { ...lab, clients: lab.clients.map((client) => ({ ...client, netns: lab.balancer.netns })) };
}

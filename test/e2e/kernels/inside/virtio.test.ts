/** NICs with NAPI: packets come in batches and as super-packets of GRO, and several are in before the first goes out. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Site } from "../../../../scripts/lab/plan.ts";
import { DEFAULT_SERVICES } from "../../../../scripts/lab/services.ts";
import { converse } from "../../../../scripts/lab/traffic.ts";
import { describeAsRoot } from "../../../lab/as-root.ts";
import { sumOf, withLab } from "../../../lab/with-lab.ts";
import { calmTcp, withoutRetransmission } from "../../calm-tcp.ts";
import { exchange } from "../../exchange.ts";
import type { Labels } from "../../page.ts";
import { clientWire, observe } from "../../truth.ts";
import { withExporter } from "../../with-exporter.ts";
import { putNics, takeNicsBack } from "./nics.ts";

/** The endpoint that has a NIC. */
const SERVICES = DEFAULT_SERVICES.filter(({ behaviour }) => behaviour === "answer").map((service) => ({
	...service,
	endpoints: [1],
}));
const SIZES = { count: 4, requestBytes: 50_000, responseBytes: 300_000 };
const FLOWS = 2000;

describeAsRoot("virtio NICs", 60_000, () => {
	const lab = withLab({ prefix: "xvirtio", offloads: "on", services: SERVICES });
	const ends = () => [lab().clients[0] as Site, lab().endpoints[0] as Site];
	beforeAll(async () => {
		await putNics(lab(), ends());
		await calmTcp(lab());
	});
	afterAll(() => takeNicsBack(lab(), ends()));
	const exporter = withExporter(lab);

	test.each(["web", "web-v6"])("super-packets count as they came over the wire: %s", async (label) => {
		const service = lab().service(label);
		const seen = await withoutRetransmission(lab(), () =>
			observe(lab(), exporter(), () => exchange(lab(), { service, ...SIZES })),
		);
		const packets = sumOf(seen.result, ({ traffic }) => traffic.packets);
		expect({
			packets: seen.grown("service_traffic_packets", { service: label }),
			bytes: seen.grown("service_traffic_bytes", { service: label }),
		}).toEqual({ packets, bytes: sumOf(seen.result, ({ traffic }) => traffic.bytes) });
		// conntrack counts a super-packet once.
		expect(sumOf(seen.flows, ({ original, reply }) => original.packets + reply.packets)).toBeLessThan(
			packets,
		);
		expect(seen.grown("lb_rule_interaction_bytes", { dip: "unknown" })).toBe(0);
	});

	test("flows of one packet find their endpoint in a batch", async () => {
		const service = lab().service("dns");
		const [before, wireBefore] = [await exporter().nextPage(), await clientWire(lab())];
		await converse(lab(), { service, count: FLOWS, concurrency: 200, firstPort: 20_000, timeoutSeconds: 60 });
		const wire = (await clientWire(lab())).bytes - wireBefore.bytes;
		const page = await exporter().pageWhere((each) => each.sum("lbscope_unattributed_bytes") === 0);
		const grown = (name: string, labels: Labels) => page.sum(name, labels) - before.sum(name, labels);
		expect(grown("total_requests_per_service", { service: "dns" })).toBe(FLOWS);
		expect(grown("service_traffic_bytes", { service: "dns" })).toBe(wire);
		expect(grown("lb_rule_interaction_bytes", { service: "dns", dip: "unknown" })).toBeLessThan(wire / 50);
	});
});

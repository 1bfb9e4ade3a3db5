/** Super-packets of GSO and GRO stand for the segments that they are on a wire; TCP_INFO counts those, too. */
import { beforeAll, expect, test } from "vitest";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { calmTcp, withoutRetransmission } from "../calm-tcp.ts";
import { exchange } from "../exchange.ts";
import { observe, sumTraffic } from "../truth.ts";
import { withExporter } from "../with-exporter.ts";

const SIZES = { count: 12, concurrency: 4, requestBytes: 300_000, responseBytes: 2_000_000 };

for (const masquerade of [false, true]) {
	const title = masquerade ? "masquerade with offloads on" : "destination NAT with offloads on";
	describeAsRoot(title, 30_000, () => {
		const lab = withLab({ prefix: masquerade ? "xgsomasq" : "xgso", masquerade, offloads: "on" });
		beforeAll(() => calmTcp(lab()));
		const exporter = withExporter(lab);

		test.each(["web", "web-v6"])("packets and bytes are those of the wire: %s", async (label) => {
			const service = lab().service(label);
			const seen = await withoutRetransmission(lab(), () =>
				observe(lab(), exporter(), () => exchange(lab(), { service, ...SIZES })),
			);
			const byEndpoint = sumTraffic(
				seen.result,
				({ endpoint }) => endpoint,
				({ traffic }) => traffic,
			);
			const counted = service.endpoints.map(({ address: dip }) => [
				dip,
				{
					packets: seen.grown("lb_rule_interaction_packets", { service: label, dip }),
					bytes: seen.grown("lb_rule_interaction_bytes", { service: label, dip }),
				},
			]);
			expect(Object.fromEntries(counted)).toEqual(byEndpoint);
			expect(seen.wire.packets).toBeLessThan(seen.grown("service_traffic_packets", { service: label }) / 4);
		});
	});
}

/** Datagrams beyond the MTU. conntrack counts them whole; the interfaces, as we, each fragment with its own IP header. */
import { expect, test } from "vitest";
import { converse } from "../../../scripts/lab/traffic.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { observe } from "../truth.ts";
import { withExporter } from "../with-exporter.ts";

const COUNT = 40;

describeAsRoot("fragments", 30_000, () => {
	const lab = withLab({ prefix: "xfrag" });
	const exporter = withExporter(lab);

	test.each([
		{ label: "dns", sip: "10.10.1.2" },
		{ label: "dns-v6", sip: "fd00:10:1::2" },
	])("are counted as the interfaces do, with their endpoint: $label", async ({ label: service, sip }) => {
		const shape = { count: COUNT, requestBytes: 9000, responseBytes: 20_000, datagrams: 2 };
		const seen = await observe(lab(), exporter(), () =>
			converse(lab(), { service: lab().service(service), ...shape }),
		);
		expect(seen.result.map(({ outcome }) => outcome)).toEqual(seen.result.map(() => "ok"));
		const counted = {
			packets: seen.grown("service_traffic_packets", { service }),
			bytes: seen.grown("service_traffic_bytes", { service }),
		};
		expect(counted).toEqual(seen.wire);
		expect(counted.packets).toBe(COUNT * 2 * (7 + 14));
		for (const { address: dip } of lab().service(service).endpoints) {
			const rows = seen.result.filter(({ endpoint }) => endpoint === dip);
			const packets = seen.grown("lb_rule_interaction_packets", { service, sip, dip });
			expect({ dip, packets }).toEqual({ dip, packets: rows.length * 2 * (7 + 14) });
		}
		expect(seen.page.sum("lbscope_ignored_packets_total")).toBe(0);
	});
});

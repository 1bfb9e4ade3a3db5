/** A million connections that only begin, from as many addresses, beside ordinary ones. */
import { expect, test } from "vitest";
import { flood } from "../../../scripts/lab/flood.ts";
import { converse } from "../../../scripts/lab/traffic.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { clientWire } from "../truth.ts";
import { watchPages } from "../watch-pages.ts";
import { withExporter } from "../with-exporter.ts";

/** Its endpoints do not answer: answers to who never asked would leave the load balancer as no traffic of a service. */
const SILENT = "blackhole";
const SOURCES = 1_000_000;
const ORDINARY = 300;
const FLOWS = 16_384;
const PAIRS = 1024;

describeAsRoot(`a SYN flood of ${SOURCES} sources`, 180_000, () => {
	const lab = withLab({ prefix: "xflood", clients: 2 });
	const exporter = withExporter(lab, { limits: { flows: FLOWS, pairs: PAIRS }, poll: { interval: "1s" } });

	test("hides no packet and no connection, and takes a bounded part of every table", async () => {
		const wireBefore = await clientWire(lab());
		const { pages, last, before } = await watchPages(exporter(), async () => {
			const flooding = flood(lab(), { service: lab().service(SILENT), count: SOURCES, withinMs: 150_000 });
			const shape = { service: lab().service("web"), client: 2, count: ORDINARY, rate: 20 } as const;
			const ordinary = await converse(lab(), { ...shape, responseBytes: 20_000, timeoutSeconds: 30 });
			await flooding;
			expect(ordinary.map(({ outcome }) => outcome)).toEqual(ordinary.map(() => "ok"));
		});
		const wireAfter = await clientWire(lab());
		expect({
			packets: last.value("processed_packets_total") - before.value("processed_packets_total"),
			bytes: last.value("processed_bytes_total") - before.value("processed_bytes_total"),
		}).toEqual({
			packets: wireAfter.packets - wireBefore.packets,
			bytes: wireAfter.bytes - wireBefore.bytes,
		});
		expect(last.value("total_requests_per_service", { service: SILENT })).toBe(SOURCES);
		expect(last.value("total_requests_per_service", { service: "web" })).toBe(ORDINARY);
		expect(last.series("lb_rule_interaction_bytes").length).toBeLessThanOrEqual(PAIRS + 64);
		for (const page of pages) {
			expect(page.value("lbscope_map_entries", { map: "flows" })).toBeLessThanOrEqual(FLOWS);
			expect(page.value("inactive_flow_count")).toBeLessThanOrEqual(FLOWS / 2 + ORDINARY);
		}
	});

	test("leaves the ordinary client its series, and the endpoints their bytes", async () => {
		const page = await exporter().nextPage();
		const client = lab().clients[1]?.address[4] ?? "";
		const total = page.value("service_traffic_bytes", { service: "web" });
		expect(page.sum("lb_rule_interaction_bytes", { service: "web", sip: client })).toBeGreaterThan(total / 2);
		expect(page.sum("endpoint_traffic_bytes", { service: "web", dip: "other" })).toBeLessThan(total / 10);
	});
});

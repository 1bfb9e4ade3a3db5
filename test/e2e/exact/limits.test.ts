/** Tables far too small for the traffic: what has no row of its own is counted all the same. */
import { expect, test } from "vitest";
import type { Lab } from "../../../scripts/lab/lab.ts";
import { converse } from "../../../scripts/lab/traffic.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import type { Page } from "../page.ts";
import { observe } from "../truth.ts";
import { withExporter } from "../with-exporter.ts";

const LABELS = ["web", "web-v6", "dns", "dns-v6", "ngap"];

describeAsRoot("64 flows and 2 pairs", 30_000, () => {
	const lab = withLab({ prefix: "xlimits", clients: 2 });
	const exporter = withExporter(lab, { limits: { flows: 64, pairs: 2 } });

	test("lose no byte and no packet", async () => {
		const seen = await observe(lab(), exporter(), () => manyFlows(lab()));
		expect({
			packets: seen.grown("processed_packets_total"),
			bytes: seen.grown("processed_bytes_total"),
		}).toEqual(seen.wire);
		expect(seen.page.sum("lbscope_unattributed_bytes")).toBe(0);
	});

	test("show two pairs by name at most, and the rest as other, most of it by endpoint", async () => {
		const page = await exporter().nextPage();
		expect(namedPairs(page).length).toBeLessThanOrEqual(2);
		const other = page.sum("lb_rule_interaction_packets", { sip: "other" });
		const nowhere = page.sum("lb_rule_interaction_packets", { sip: "other", dip: "other" });
		for (const map of ["flows", "pairs"]) {
			expect(page.value("lbscope_overflow_packets_total", { map })).toBeGreaterThan(0);
		}
		expect(nowhere).toBe(page.value("lbscope_overflow_packets_total", { map: "flows" }));
		expect(other).toBeGreaterThanOrEqual(
			nowhere + page.value("lbscope_overflow_packets_total", { map: "pairs" }),
		);
	});

	test("count every flow as a request, whether it found room or not", async () => {
		const page = await exporter().nextPage();
		expect(page.value("total_requests")).toBe(LABELS.length * 100);
	});
});

async function manyFlows(lab: Lab): Promise<void> {
	const running = LABELS.map((label, i) => {
		const shape = { count: 100, client: i % 2 === 0 ? 1 : 2, firstPort: 20_000 + i * 1000 } as const;
		return converse(lab, { service: lab.service(label), ...shape });
	});
	await Promise.all(running);
}

function namedPairs(page: Page) {
	return page.series("lb_rule_interaction_packets").filter(({ labels }) => labels.sip !== "other");
}

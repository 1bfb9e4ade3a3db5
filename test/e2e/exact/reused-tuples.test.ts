/** One 5-tuple again and again: the load balancer may choose another endpoint each time, and that one has the traffic. */
import { expect, test } from "vitest";
import { inNetns, run } from "../../../scripts/lab/run.ts";
import { converse, type TrafficOptions } from "../../../scripts/lab/traffic.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { pollsOf } from "../exporter.ts";
import type { Page } from "../page.ts";
import { clientWire } from "../truth.ts";
import { withExporter } from "../with-exporter.ts";

const ROUNDS = 6;

describeAsRoot("a 5-tuple used again", 30_000, () => {
	const lab = withLab({ prefix: "xreuse" });
	const exporter = withExporter(lab);

	test.each(["web", "web-v6", "ngap"])(
		"is a new request, of the endpoint that answers it: %s",
		async (label) => {
			const bytes = new Map<string, number>();
			for (let i = 0; i < ROUNDS; i++) await addRound(bytes, label, { ending: "endpoint-first" });
			const page = await exporter().nextPage();
			expect(page.value("total_requests_per_service", { service: label })).toBe(ROUNDS);
			expect(page.value("total_errors")).toBe(0);
			expect(bytesByEndpoint(page, label)).toEqual(bytes);
		},
	);

	test("over UDP is the same flow, at whichever endpoint it is", async () => {
		const bytes = new Map<string, number>();
		for (let i = 0; i < 3; i++) {
			await addRound(bytes, "dns", { datagrams: 4 });
			await run(inNetns(lab().balancer.netns, ["conntrack", "-F"]));
			await severalPolls();
		}
		expect(bytes.size).toBe(3);
		const page = await exporter().nextPage();
		expect(page.value("total_requests_per_service", { service: "dns" })).toBe(1);
		expect(bytesByEndpoint(page, "dns")).toEqual(bytes);
	});

	/** One conversation: what passed the interface belongs to the endpoint that says it was there. */
	async function addRound(
		bytes: Map<string, number>,
		label: string,
		shape: Partial<TrafficOptions>,
	): Promise<void> {
		const before = await clientWire(lab());
		const [row] = await converse(lab(), { service: lab().service(label), firstPort: 30_000, ...shape });
		const after = await clientWire(lab());
		expect(row).toMatchObject({ outcome: "ok", port: 30_000 });
		const endpoint = String(row?.endpoint);
		bytes.set(endpoint, (bytes.get(endpoint) ?? 0) + after.bytes - before.bytes);
	}

	/** Endpoints of UDP flows are looked at again after some 256 ticks of the kernel's clock, 2.6 s at most. */
	async function severalPolls(): Promise<void> {
		const now = pollsOf(await exporter().page());
		await exporter().pageWhere((page) => pollsOf(page) >= now + 9);
	}
});

function bytesByEndpoint(page: Page, service: string): Map<string, number> {
	const series = page.series("lb_rule_interaction_bytes").filter(({ labels }) => labels.service === service);
	return new Map(series.map(({ labels, value }) => [labels.dip ?? "", value]));
}

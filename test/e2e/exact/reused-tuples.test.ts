/** One 5-tuple again and again: the load balancer may choose another endpoint each time, and that one has the traffic. */
import { beforeAll, expect, test } from "vitest";
import { inNetns, run } from "../../../scripts/lab/run.ts";
import { type Conversation, converse, type TrafficOptions } from "../../../scripts/lab/traffic.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { calmTcp } from "../calm-tcp.ts";
import { trafficOf } from "../conversation-traffic.ts";
import { pollsOf } from "../exporter.ts";
import type { Page } from "../page.ts";
import { sumTraffic } from "../truth.ts";
import { withExporter } from "../with-exporter.ts";

const ROUNDS = 6;
const DATAGRAMS = 4;

describeAsRoot("a 5-tuple used again", 30_000, () => {
	const lab = withLab({ prefix: "xreuse" });
	beforeAll(() => calmTcp(lab()));
	const exporter = withExporter(lab);

	test.each(["web", "web-v6", "ngap"])(
		"is a new request, of the endpoint that answers it: %s",
		async (label) => {
			const rows: Conversation[] = [];
			for (let i = 0; i < ROUNDS; i++) rows.push(await converseOnce(label, { ending: "endpoint-first" }));
			const page = await exporter().nextPage();
			expect(page.value("total_requests_per_service", { service: label })).toBe(ROUNDS);
			expect(page.value("total_errors")).toBe(0);
			expectEndpointsOf(rows, label, page);
		},
	);

	test("over UDP is the same flow, at whichever endpoint it is", async () => {
		const rows: Conversation[] = [];
		for (let i = 0; i < 3; i++) {
			rows.push(await converseOnce("dns", { datagrams: DATAGRAMS }));
			await run(inNetns(lab().balancer.netns, ["conntrack", "-F"]));
			await severalPolls();
		}
		expect(new Set(rows.map(({ endpoint }) => endpoint)).size).toBe(3);
		const page = await exporter().nextPage();
		expect(page.value("total_requests_per_service", { service: "dns" })).toBe(1);
		expectEndpointsOf(rows, "dns", page);
	});

	async function converseOnce(label: string, shape: Partial<TrafficOptions>): Promise<Conversation> {
		const [row] = await converse(lab(), { service: lab().service(label), firstPort: 30_000, ...shape });
		expect(row).toMatchObject({ outcome: "ok", port: 30_000 });
		return row as Conversation;
	}

	/** Endpoints of UDP flows are looked at again after some 256 ticks of the kernel's clock, 2.6 s at most. */
	async function severalPolls(): Promise<void> {
		const now = pollsOf(await exporter().page());
		await exporter().pageWhere((page) => pollsOf(page) >= now + 9);
	}

	function expectEndpointsOf(rows: readonly Conversation[], label: string, page: Page): void {
		const service = lab().service(label);
		const expected = sumTraffic(
			rows,
			({ endpoint }) => String(endpoint),
			(row) => trafficOf(service, row, DATAGRAMS),
		);
		const counted = page.series("lb_rule_interaction_bytes").filter(({ labels }) => labels.service === label);
		expect(Object.fromEntries(counted.map(({ labels, value }) => [labels.dip, value]))).toEqual(
			Object.fromEntries(Object.entries(expected).map(([dip, { bytes }]) => [dip, bytes])),
		);
	}
});

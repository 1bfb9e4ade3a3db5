/** One specification for every kind of load balancer: the page against conntrack, the interfaces and the conversations. */
import { beforeAll, expect, test } from "vitest";
import type { Lab } from "../../../scripts/lab/lab.ts";
import type { LabOptions } from "../../../scripts/lab/options.ts";
import { type Conversation, converse, type TrafficOptions } from "../../../scripts/lab/traffic.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import type { Page } from "../page.ts";
import { conntrackSums, type Observed, observe, serviceOf } from "../truth.ts";
import { withExporter } from "../with-exporter.ts";

export type Shape = Omit<TrafficOptions, "service"> & { readonly label: string };

/**
 * All that a service answers. Datagrams stay below the MTU: conntrack counts them after defragmentation. UDP has fixed
 * ports: the kernel may choose one twice, and then two conversations are one flow.
 */
export const ANSWERED: readonly Shape[] = [
	{ label: "web", client: 1, count: 20, requestBytes: 3000, responseBytes: 50_000 },
	{ label: "web", client: 2, count: 10, ending: "endpoint-first", responseBytes: 5000 },
	{ label: "web", client: 2, count: 10, ending: "half-close" },
	{ label: "web-v6", client: 1, count: 20, requestBytes: 5000, responseBytes: 40_000 },
	{ label: "web-v6", client: 2, count: 5, ending: "client-reset" },
	{ label: "dns", client: 1, count: 30, firstPort: 20_000, requestBytes: 1200, responseBytes: 1400 },
	{ label: "dns", client: 2, count: 10, firstPort: 20_000, datagrams: 5 },
	{
		label: "dns-v6",
		client: 1,
		count: 30,
		firstPort: 21_000,
		requestBytes: 60,
		responseBytes: 1300,
		datagrams: 2,
	},
	{ label: "ngap", client: 1, count: 10, requestBytes: 2000, responseBytes: 5000 },
	{ label: "ngap", client: 2, count: 10, ending: "endpoint-first" },
	{ label: "ngap-v6", client: 1, count: 10, requestBytes: 500, responseBytes: 3000 },
];

/**
 * Flows that go wrong. The refusal of UDP is ICMP: it is on the interface, but no traffic of the service. The black hole
 * is given up before the first retransmission of SYN, which conntrack does not count.
 */
const FAILING: readonly Shape[] = [
	{ label: "refused", client: 1, count: 6 },
	{ label: "refused-v6", client: 2, count: 6 },
	{ label: "reset", client: 2, count: 6 },
	{ label: "web", client: 1, count: 6, ending: "endpoint-reset" },
	{ label: "blackhole", client: 1, count: 3, timeoutSeconds: 0.5 },
	{ label: "closed", client: 1, count: 6, firstPort: 20_000 },
	{ label: "closed-v6", client: 2, count: 6, firstPort: 20_000 },
	{ label: "abort", client: 1, count: 6 },
	{ label: "abort-v6", client: 2, count: 6 },
];

/** `rebuild`: changes the lab before the exporter starts, and gives it as it is then. */
export function describeExactness(
	title: string,
	options: Omit<LabOptions, "clients" | "services">,
	rebuild: (lab: Lab) => Promise<Lab> = async (lab) => lab,
): void {
	describeAsRoot(title, 30_000, () => {
		const asPlanned = withLab({ ...options, clients: 2 });
		let rebuilt: Lab | undefined;
		beforeAll(async () => {
			rebuilt = await rebuild(asPlanned());
		});
		const lab = () => rebuilt ?? asPlanned();
		const exporter = withExporter(lab);

		test("the page equals conntrack and the interfaces to the byte", async () => {
			const seen = await observe(lab(), exporter(), () => converseAll(lab(), ANSWERED));
			expect(seen.result.map(({ outcome }) => outcome)).toEqual(seen.result.map(() => "ok"));
			expectEqualToConntrack(lab(), seen);
			expect({
				packets: seen.grown("processed_packets_total"),
				bytes: seen.grown("processed_bytes_total"),
			}).toEqual(seen.wire);
			expect(seen.grown("total_requests")).toBe(seen.result.length);
		});

		test("the page equals conntrack when flows fail", async () => {
			const seen = await observe(lab(), exporter(), () => converseAll(lab(), FAILING));
			expectEqualToConntrack(lab(), seen);
			expect(seen.grown("total_requests")).toBe(seen.result.length);
		});

		test("no endpoint is unknown, and every byte has its pair", async () => {
			const page = await exporter().nextPage();
			expect(page.sum("lb_rule_interaction_bytes", { dip: "unknown" })).toBe(0);
			expect(page.sum("lbscope_unattributed_bytes")).toBe(0);
			expect(addressesOf(page, "sip")).toEqual(["10.10.1.2", "10.10.2.2", "fd00:10:1::2", "fd00:10:2::2"]);
		});
	});
}

export async function converseAll(lab: Lab, shapes: readonly Shape[]): Promise<Conversation[]> {
	const running = shapes.map(({ label, ...shape }) =>
		converse(lab, { ...shape, service: lab.service(label) }),
	);
	return (await Promise.all(running)).flat();
}

/** Per service, per client, and per pair. */
export function expectEqualToConntrack(lab: Lab, { flows, grown }: Observed<unknown>): void {
	const services = conntrackSums(flows, (flow) => serviceOf(lab, flow));
	const counted = Object.keys(services).map((service) => [
		service,
		{
			packets: grown("service_traffic_packets", { service }),
			bytes: grown("service_traffic_bytes", { service }),
		},
	]);
	expect(Object.fromEntries(counted)).toEqual(services);
	const clients = conntrackSums(flows, (flow) => `${serviceOf(lab, flow)} ${flow.original.source}`);
	for (const [key, { packets }] of Object.entries(clients)) {
		const [service = "", sip = ""] = key.split(" ");
		expect([key, grown("client_traffic_packets", { service, sip })]).toEqual([key, packets]);
	}
	const pairs = conntrackSums(
		flows,
		(flow) => `${serviceOf(lab, flow)} ${flow.original.source} ${flow.reply.source}`,
	);
	for (const [key, traffic] of Object.entries(pairs)) {
		const [service = "", sip = "", dip = ""] = key.split(" ");
		const packets = grown("lb_rule_interaction_packets", { service, sip, dip });
		const bytes = grown("lb_rule_interaction_bytes", { service, sip, dip });
		expect([key, { packets, bytes }]).toEqual([key, traffic]);
	}
}

function addressesOf(page: Page, label: "sip" | "dip"): string[] {
	const addresses = page.series("lb_rule_interaction_bytes").map(({ labels }) => labels[label] ?? "");
	return [...new Set(addresses)].sort();
}

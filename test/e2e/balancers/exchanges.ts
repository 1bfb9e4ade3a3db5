/** Conversations with all services of a load balancer without conntrack: their own word and the wire are the truth. */
import { expect } from "vitest";
import type { Lab } from "../../../scripts/lab/lab.ts";
import type { ServicePlan } from "../../../scripts/lab/services.ts";
import type { Service } from "../../../src/model/service.ts";
import { withoutRetransmission } from "../calm-tcp.ts";
import { type Exchange, exchange } from "../exchange.ts";
import type { Exporter } from "../exporter.ts";
import { type Observed, observe, sumTraffic, type Traffic } from "../truth.ts";

const ALL = [1, 2, 3];
/** The same port for SCTP: its checksum is over its ports, and who changes them without conntrack has to make it anew. */
export const ANSWERING_SERVICES: readonly ServicePlan[] = [
	{ name: "web", protocol: "tcp", port: 80, endpointPort: 8080, endpoints: ALL, behaviour: "answer" },
	{ name: "dns", protocol: "udp", port: 53, endpointPort: 5353, endpoints: ALL, behaviour: "answer" },
	{ name: "ngap", protocol: "sctp", port: 38412, endpointPort: 38412, endpoints: ALL, behaviour: "answer" },
];

export type Answer = Exchange & { readonly service: Service };

/** With each service as many. The lab's TCP has to be calm: see calm-tcp.ts. */
export function exchangeWith(
	lab: Lab,
	exporter: Exporter,
	services: readonly Service[],
	count: number,
): Promise<Observed<readonly Answer[]>> {
	const shape = { count, requestBytes: 1200, responseBytes: 1300 };
	return withoutRetransmission(lab, () =>
		observe(lab, settled(exporter), async () => {
			const running = services.map(async (service, i) => {
				const rows = await exchange(lab, { ...shape, service, firstPort: 20_000 + i * 1000 });
				return rows.map((row) => ({ ...row, service }));
			});
			return (await Promise.all(running)).flat();
		}),
	);
}

/** What waits for its endpoint, and in vain, is on the page one poll later than the rest. */
export function settled(exporter: Exporter): Exporter {
	const nextPage = () => exporter.pageWhere((page) => page.sum("lbscope_unattributed_bytes") === 0);
	return { ...exporter, nextPage };
}

/** By `dipOf`, the endpoint that the page should name for it, all that the conversations put on the wire. */
export function expectCounted(
	{ result, wire, grown }: Observed<readonly Answer[]>,
	dipOf: (answer: Answer) => string,
): void {
	const expected = sumTraffic(
		result,
		(answer) => `${answer.service.label} ${dipOf(answer)}`,
		({ traffic }) => traffic,
	);
	const counted = Object.keys(expected).map((key) => {
		const [service = "", dip = ""] = key.split(" ");
		const packets = grown("lb_rule_interaction_packets", { service, dip });
		return [key, { packets, bytes: grown("lb_rule_interaction_bytes", { service, dip }) }];
	});
	expect(Object.fromEntries(counted)).toEqual(expected);
	const processed = {
		packets: grown("processed_packets_total"),
		bytes: grown("processed_bytes_total"),
	};
	expect(processed).toEqual(wire);
	expect(sumOf(result)).toEqual(wire);
	expect(grown("total_requests")).toBe(result.length);
	// Conversations over TCP end by a reset: see exchange.ts.
	expect(grown("total_errors")).toBe(result.filter(({ service }) => service.protocol === "tcp").length);
}

function sumOf(answers: readonly Answer[]): Traffic | undefined {
	return sumTraffic(
		answers,
		() => "all",
		({ traffic }) => traffic,
	).all;
}

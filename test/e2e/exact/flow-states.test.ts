/** The gauges of flows against connections that are held open, half-open or half-closed, and after their end. */
import { expect, test } from "vitest";
import { converse, type TrafficOptions } from "../../../scripts/lab/traffic.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import type { Page } from "../page.ts";
import { withExporter } from "../with-exporter.ts";

interface Flows {
	readonly tcp: number;
	readonly udp: number;
	readonly sctp: number;
	readonly inactive: number;
}

const NONE: Flows = { tcp: 0, udp: 0, sctp: 0, inactive: 0 };

describeAsRoot("flows", 40_000, () => {
	const lab = withLab({ prefix: "xstates" });
	const exporter = withExporter(lab, { timeouts: { udp: "2s" } });

	test("are active while they are held, and leave the table when they are over", async () => {
		const held = [hold("web", 6), hold("web-v6", 4), hold("dns", 7), hold("ngap", 3), hold("ngap-v6", 2)];
		await flowsBecome({ tcp: 10, udp: 7, sctp: 5, inactive: 0 });
		await Promise.all(held);
		await flowsBecome({ ...NONE, inactive: 10 + 5 });
		await flowsBecome(NONE);
	});

	test("are inactive while they are half-open or half-closed", async () => {
		const service = lab().service("blackhole");
		const halfOpen = converse(lab(), { service, count: 4, timeoutSeconds: 4 });
		const halfClosed = [hold("web", 5, "endpoint-first"), hold("ngap", 3, "endpoint-first")];
		const held = [...halfClosed, hold("web-v6", 2)];
		await flowsBecome({ ...NONE, tcp: 2, inactive: 4 + 5 + 3 });
		await Promise.all([halfOpen, ...held]);
		expect((await exporter().nextPage()).value("total_errors")).toBe(0);
	});

	function hold(label: string, count: number, ending: NonNullable<TrafficOptions["ending"]> = "graceful") {
		return converse(lab(), { service: lab().service(label), count, ending, holdSeconds: 2 });
	}

	async function flowsBecome(flows: Flows): Promise<void> {
		const page = await exporter().pageWhere((now) => isEqual(flowsOf(now), flows));
		expect(page.value("active_conntrack_count")).toBe(flows.tcp + flows.udp + flows.sctp);
		const all = flows.tcp + flows.udp + flows.sctp + flows.inactive;
		expect(page.value("lbscope_map_entries", { map: "flows" })).toBe(all);
	}
});

function flowsOf(page: Page): Flows {
	return {
		tcp: page.value("active_flow_count_tcp"),
		udp: page.value("active_flow_count_udp"),
		sctp: page.value("active_flow_count_sctp"),
		inactive: page.value("inactive_flow_count"),
	};
}

function isEqual(one: Flows, other: Flows): boolean {
	return JSON.stringify(one) === JSON.stringify(other);
}

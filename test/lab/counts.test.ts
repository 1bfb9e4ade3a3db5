import { expect, test } from "vitest";
import { serviceRows } from "../../scripts/lab/conntrack.ts";
import { watchConntrack } from "../../scripts/lab/conntrack-watch.ts";
import { interfaceCounters } from "../../scripts/lab/counters.ts";
import { inNetns, run } from "../../scripts/lab/run.ts";
import { converse } from "../../scripts/lab/traffic.ts";
import { describeAsRoot } from "./as-root.ts";
import { sumOf, withLab } from "./with-lab.ts";

const ETHERNET_BYTES = 14;
/** Timestamps on every segment; SYN and SYN-ACK carry 8 bytes of options more. */
const TCP_HEADER_BYTES = { web: 20 + 32, "web-v6": 40 + 32 };
const SYN_EXTRA_BYTES = 8;

describeAsRoot("the second opinions of a lab", 20_000, () => {
	const lab = withLab({ prefix: "counts" });

	test.each(["web", "web-v6"] as const)("agree to the byte: %s", async (label) => {
		const watch = await watchConntrack(lab());
		const before = await interfaceCounters(lab().balancer.netns, "client1");
		const shape = { count: 20, requestBytes: 3000, responseBytes: 5000 };
		const rows = await converse(lab(), { service: lab().service(label), ...shape });
		const after = await interfaceCounters(lab().balancer.netns, "client1");
		const flows = serviceRows(lab(), await watch.finish());

		const packets = after.rxPackets - before.rxPackets;
		const bytes = after.rxBytes - before.rxBytes - packets * ETHERNET_BYTES;
		expect(sumOf(flows, (flow) => flow.original.packets)).toBe(packets);
		expect(sumOf(rows, (row) => row.segsOut ?? 0)).toBe(packets);
		expect(sumOf(flows, (flow) => flow.original.bytes)).toBe(bytes);
		const headers = packets * TCP_HEADER_BYTES[label] + rows.length * SYN_EXTRA_BYTES;
		expect(sumOf(rows, (row) => row.sent) + headers).toBe(bytes);

		const replies = after.txPackets - before.txPackets;
		const replyBytes = after.txBytes - before.txBytes - replies * ETHERNET_BYTES;
		expect(sumOf(flows, (flow) => flow.reply.packets)).toBe(replies);
		expect(sumOf(rows, (row) => row.segsIn ?? 0)).toBe(replies);
		expect(sumOf(flows, (flow) => flow.reply.bytes)).toBe(replyBytes);
	});

	test("name the same endpoint", async () => {
		const watch = await watchConntrack(lab());
		const rows = await converse(lab(), { service: lab().service("ngap"), count: 12, firstPort: 21_000 });
		const flows = serviceRows(lab(), await watch.finish());
		const byConntrack = flows.map((flow) => [flow.original.sourcePort, flow.reply.source]);
		expect(byConntrack.sort()).toEqual(rows.map((row) => [row.port, row.endpoint]).sort());
	});

	test("keep flows that conntrack forgot", async () => {
		const watch = await watchConntrack(lab());
		await converse(lab(), { service: lab().service("dns"), count: 10, firstPort: 22_000 });
		await run(inNetns(lab().balancer.netns, ["conntrack", "-F"]));
		await converse(lab(), { service: lab().service("dns"), count: 5, firstPort: 23_000 });
		const flows = serviceRows(lab(), await watch.finish()).filter(
			(flow) => flow.original.sourcePort >= 22_000,
		);
		const ports = flows.map((flow) => flow.original.sourcePort).filter((port) => port < 24_000);
		expect(ports).toHaveLength(15);
		expect(new Set(ports).size).toBe(15);
	});

	test("find nothing on a quiet lab", async () => {
		const look = () =>
			Promise.all(lab().interfaces.map(({ name }) => interfaceCounters(lab().balancer.netns, name)));
		const before = await look();
		await new Promise((resolve) => setTimeout(resolve, 2000));
		expect(await look()).toEqual(before);
	});
});

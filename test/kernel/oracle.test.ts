/**
 * Every capture in test/captures through the programs and through tshark: flows, packets and bytes are the same. Drop a
 * capture there, or name a folder in LBSCOPE_CAPTURES. Without a NAME.services beside it, whoever is sent the first packet of a
 * conversation is its service.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parseService } from "../../src/commands/parse-service.ts";
import { hostPort } from "../../src/model/address.ts";
import { PROTOCOLS, type Service } from "../../src/model/service.ts";
import { describeInKernel } from "./as-root.ts";
import { expectedOf } from "./oracle/expected.ts";
import { withReplayer } from "./oracle/replayed.ts";
import { conversationsOf, readWithTshark, type TsharkPacket } from "./oracle/tshark.ts";
import { requestsOf } from "./seen.ts";

const FOLDER = process.env.LBSCOPE_CAPTURES ?? fileURLToPath(new URL("../captures", import.meta.url));
const CAPTURES = readdirSync(FOLDER).filter((name) => /\.pcap(ng)?$/.test(name));

function servicesOf(file: string, packets: readonly TsharkPacket[]): Service[] {
	const list = file.replace(/\.pcap(ng)?$/, ".services");
	if (existsSync(list)) return readFileSync(list, "utf8").split("\n").filter(Boolean).map(parseService);
	const asked = new Set<string>();
	const known = new Set<string>();
	for (const { protocol, source, destination } of packets) {
		const ends = `${protocol} ${[source, destination].sort().join(" ")}`;
		if (!known.has(ends)) asked.add(`${destination}/${protocol}`);
		known.add(ends);
	}
	return [...asked].map(parseService);
}

describeInKernel("of a capture, tshark and the programs", () => {
	const replayer = withReplayer();

	test("have some to agree about", () => {
		expect(CAPTURES.length).toBeGreaterThan(0);
	});

	test.each(CAPTURES)("say the same: %s", async (name) => {
		const file = `${FOLDER}/${name}`;
		const packets = await readWithTshark(file);
		const services = servicesOf(file, packets);
		const expected = expectedOf(packets, services);
		const { flows, pairs, reading, counts } = await replayer().replay(file, services);
		expect(reading.ignoredPackets.filter(({ count }) => count > 0)).toEqual([]);
		const counted = reading.services.filter((row) => row.packets > 0);
		for (const protocol of PROTOCOLS) {
			const own = counted.filter((row) => row.protocol === protocol);
			const sum = (unit: "packets" | "bytes") => own.reduce((total, row) => total + row[unit], 0);
			expect({ protocol, packets: sum("packets"), bytes: sum("bytes") }).toEqual({
				protocol,
				...expected.byProtocol[protocol],
			});
		}
		expect(requestsOf(reading)).toBe(expected.requests);
		// Of ports that were used again, the flow holds the last connection only; its pair has all.
		const once = flows.filter(({ generation }) => Number(generation) <= 1);
		for (const { protocol, client, vip, pendingPackets, pendingBytes } of once) {
			const flow = `${protocol} ${client} ${vip}`;
			expect({ flow, packets: pendingPackets, bytes: pendingBytes }).toEqual({
				flow,
				...expected.byFlow.get(flow),
			});
		}
		expect(flows.map(({ protocol, client, vip }) => `${protocol} ${client} ${vip}`).sort()).toEqual(
			[...expected.byFlow.keys()].sort(),
		);
		const clients = new Map<string, { packets: number; bytes: number }>();
		for (const { service, client, packets: count, bytes } of pairs) {
			const sum = clients.get(`${service} ${client}`) ?? { packets: 0, bytes: 0 };
			clients.set(`${service} ${client}`, { packets: sum.packets + count, bytes: sum.bytes + bytes });
		}
		expect(Object.fromEntries(clients)).toEqual(Object.fromEntries(expected.byClient));
		// The taps of tshark leave out packets of which a chunk was cut off.
		if (counts.snapped === 0) await expectConversations(file, services, expected.byFlow);
	});
});

/** `-z conv`: the same flows with the same packets, by tshark's own sums. */
async function expectConversations(
	file: string,
	services: readonly Service[],
	flows: ReadonlyMap<string, { readonly packets: number }>,
): Promise<void> {
	const conversations = await conversationsOf(file);
	for (const protocol of PROTOCOLS) {
		const vips = new Set(
			services.filter((each) => each.protocol === protocol).map(({ vip, port }) => hostPort(vip, port)),
		);
		const packets = new Map<string, number>();
		for (const { ends, packets: count } of conversations.filter((each) => each.protocol === protocol)) {
			const vip = ends.find((end) => vips.has(end));
			if (vip === undefined) continue;
			const flow = `${protocol} ${ends.find((end) => end !== vip)} ${vip}`;
			packets.set(flow, (packets.get(flow) ?? 0) + count);
		}
		const own = [...flows].filter(([flow]) => flow.startsWith(`${protocol} `));
		expect(Object.fromEntries(packets)).toEqual(
			Object.fromEntries(own.map(([flow, sum]) => [flow, sum.packets])),
		);
	}
}

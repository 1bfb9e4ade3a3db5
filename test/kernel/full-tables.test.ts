/** Tables that are full: what finds no room is counted all the same, and says so. */
import { expect, test } from "vitest";
import { describeInKernel } from "./as-root.ts";
import { onLeg, ordinaryPacket, VIP } from "./cast.ts";
import { forward } from "./forward.ts";
import { ip } from "./packets/ip.ts";
import { bytes, ENDPOINT_MAC, ethernet, packet } from "./packets/packet.ts";
import { tcp, udp } from "./packets/transport.ts";
import { pairsOf, requestsOf, trafficOf } from "./seen.ts";
import { withTestPath } from "./test-path.ts";

function synFrom(client: string): Buffer {
	const ports = { from: 1000, to: 80 };
	return packet(ethernet(), ip({ from: client, to: VIP.IPv4 }), tcp({ ...ports, flags: "S" }), bytes(60));
}

describeInKernel("a flow table with room for 16", () => {
	const path = withTestPath({ flows: 16 });

	test("takes 8 connections that only begin, and counts every packet and request", async () => {
		for (let i = 1; i <= 20; i++) path().ingress(synFrom(`10.1.0.${i}`));
		const reading = await path().read();
		expect(trafficOf(reading)).toEqual({ "tcp IPv4": { packets: 20, bytes: 2000 } });
		expect(requestsOf(reading)).toBe(20);
		expect(reading.flows.inactive).toBe(8);
		expect(reading.overflowPackets).toEqual([
			{ name: "flows", count: 12 },
			{ name: "pairs", count: 0 },
			{ name: "others", count: 0 },
		]);
	});

	test("shows what found no room as traffic of others", async () => {
		for (let i = 1; i <= 20; i++) path().ingress(synFrom(`10.1.0.${i}`));
		const others = { service: "tcp IPv4", client: "other", endpoint: "other", packets: 12, bytes: 1200 };
		expect(pairsOf(await path().read())).toEqual([others]);
	});

	test("still counts the flows that it has", async () => {
		for (let i = 1; i <= 20; i++) path().ingress(synFrom(`10.1.0.${i}`));
		for (let i = 1; i <= 20; i++) path().ingress(synFrom(`10.1.0.${i}`));
		expect((await path().read()).overflowPackets[0]).toEqual({ name: "flows", count: 24 });
	});
});

describeInKernel("a pair table with room for one", () => {
	const path = withTestPath({ pairs: 1 });

	/** Direct routing, which a test run can show for UDP, too. */
	function send(client: string): void {
		const before = packet(
			ethernet(),
			ip({ from: client, to: VIP.IPv4 }),
			udp({ from: 9, to: 80 }),
			bytes(72),
		);
		const there = packet(ethernet({ destination: ENDPOINT_MAC })).subarray(0, 12);
		forward(path(), before, Buffer.concat([there, before.subarray(12)]));
	}

	test("gives the first pair its row, and counts the rest as others", async () => {
		send("10.1.0.1");
		await path().read();
		for (let i = 1; i <= 5; i++) send(`10.1.0.${i}`);
		const reading = await path().read();
		expect(pairsOf(reading)).toEqual([
			{ service: "udp IPv4", client: "10.1.0.1", endpoint: ENDPOINT_MAC, packets: 2, bytes: 200 },
			{ service: "udp IPv4", client: "other", endpoint: ENDPOINT_MAC, packets: 4, bytes: 400 },
		]);
		expect(reading.overflowPackets[1]).toEqual({ name: "pairs", count: 4 });
	});

	test("keeps services apart", async () => {
		send("10.1.0.1");
		await path().read();
		path().ingress(ordinaryPacket("client to VIP", "IPv6", "sctp", 44));
		send("10.1.0.2");
		const reading = await path().read();
		expect(trafficOf(reading)).toEqual({
			"udp IPv4": { packets: 2, bytes: 200 },
			"sctp IPv6": { packets: 1, bytes: 100 },
		});
		expect(pairsOf(reading).map(({ service, client }) => `${service} ${client}`)).toEqual([
			"udp IPv4 10.1.0.1",
			"udp IPv4 other",
		]);
	});
});

describeInKernel("a service map", () => {
	const path = withTestPath({ services: [] });

	test("without services counts nothing", async () => {
		path().ingress(ordinaryPacket("client to VIP", "IPv4", "tcp"));
		path().egress(onLeg("to endpoint", "IPv4", tcp({ from: 1, to: 2 })));
		const reading = await path().read();
		expect(reading.services).toEqual([]);
		expect(reading.pairs).toEqual([]);
	});
});

/** GRO and GSO: a super-packet counts as the segments that are on the wire, each with its own headers. */
import { expect, test } from "vitest";
import type { Protocol } from "../../src/model/service.ts";
import { describeInKernel } from "./as-root.ts";
import { addressesOf, type Family, IP_BYTES, onLeg, sctpOn, tcpOn, udpOn } from "./cast.ts";
import { hopByHop, ipv4, ipv6 } from "./packets/ip.ts";
import { bytes, ethernet, type Layer, packet } from "./packets/packet.ts";
import { trafficOf } from "./seen.ts";
import type { SkbContext } from "./skb-context.ts";
import { withTestPath } from "./test-path.ts";

interface Case {
	readonly what: string;
	readonly family: Family;
	readonly protocol: Protocol;
	readonly payload: number;
	readonly context: SkbContext;
	readonly packets: number;
}

const HEADER: Record<Protocol, { layer: Layer; size: number }> = {
	tcp: { layer: tcpOn("client to VIP", { options: 12 }), size: 32 },
	udp: { layer: udpOn("client to VIP"), size: 8 },
	sctp: { layer: sctpOn("client to VIP", { chunk: "DATA" }), size: 12 },
};

const CASES: readonly Case[] = [
	{
		what: "segments as the driver counted them",
		family: "IPv4",
		protocol: "tcp",
		payload: 3000,
		context: { gso_size: 1000, gso_segs: 3 },
		packets: 3,
	},
	{
		what: "segments that the driver did not count",
		family: "IPv4",
		protocol: "tcp",
		payload: 3000,
		context: { gso_size: 1000 },
		packets: 3,
	},
	{
		what: "a last segment that is short",
		family: "IPv4",
		protocol: "tcp",
		payload: 2001,
		context: { gso_size: 1000 },
		packets: 3,
	},
	{
		what: "one segment, smaller than it might be",
		family: "IPv4",
		protocol: "tcp",
		payload: 999,
		context: { gso_size: 1000, gso_segs: 1 },
		packets: 1,
	},
	{
		what: "one full segment",
		family: "IPv4",
		protocol: "tcp",
		payload: 1000,
		context: { gso_size: 1000 },
		packets: 1,
	},
	{ what: "no super-packet", family: "IPv4", protocol: "tcp", payload: 3000, context: {}, packets: 1 },
	{
		what: "TCP over IPv6",
		family: "IPv6",
		protocol: "tcp",
		payload: 2800,
		context: { gso_size: 1400, gso_segs: 2 },
		packets: 2,
	},
	{
		what: "UDP (USO), counted",
		family: "IPv4",
		protocol: "udp",
		payload: 2500,
		context: { gso_size: 500, gso_segs: 5 },
		packets: 5,
	},
	{
		what: "UDP (USO), not counted",
		family: "IPv6",
		protocol: "udp",
		payload: 2401,
		context: { gso_size: 600 },
		packets: 5,
	},
];

describeInKernel("a super-packet", () => {
	const path = withTestPath();

	test.each(CASES)(
		"$what: $packets of $protocol over $family",
		async ({ family, protocol, payload, context, packets }) => {
			const header = HEADER[protocol];
			path().ingress(onLeg("client to VIP", family, header.layer, bytes(payload)), context);
			const total = payload + packets * (IP_BYTES[family] + header.size);
			expect(trafficOf(await path().read())).toEqual({
				[`${protocol} ${family}`]: { packets, bytes: total },
			});
		},
	);

	test("the reply to the client counts likewise", async () => {
		const frame = onLeg("VIP to client", "IPv4", tcpOn("VIP to client"), bytes(3000));
		path().egress(frame, { gso_size: 1500 });
		expect(trafficOf(await path().read())).toEqual({ "tcp IPv4": { packets: 2, bytes: 3080 } });
	});

	test("IP options and extension headers are repeated, too", async () => {
		const tcp = [tcpOn("client to VIP"), bytes(2000)];
		path().ingress(
			packet(ethernet(), ipv4({ ...addressesOf("client to VIP", "IPv4"), options: 8 }), ...tcp),
			{ gso_size: 1000 },
		);
		path().ingress(packet(ethernet(), ipv6(addressesOf("client to VIP", "IPv6")), hopByHop(), ...tcp), {
			gso_size: 1000,
		});
		expect(trafficOf(await path().read())).toEqual({
			"tcp IPv4": { packets: 2, bytes: 2000 + 2 * 48 },
			"tcp IPv6": { packets: 2, bytes: 2000 + 2 * 68 },
		});
	});

	test.each([0, 1234])("the length in the header of a large one may be %d", async (totalLength) => {
		const { from, to } = addressesOf("client to VIP", "IPv4");
		path().ingress(packet(ethernet(), ipv4({ from, to, totalLength }), tcpOn("client to VIP"), bytes(3000)), {
			gso_size: 1500,
		});
		expect(trafficOf(await path().read())).toEqual({ "tcp IPv4": { packets: 2, bytes: 3080 } });
	});

	test("the jumbo payload option of one over 64 KiB is never sent (BIG TCP)", async () => {
		const { from, to } = addressesOf("client to VIP", "IPv6");
		const layers = [ipv6({ from, to, payloadLength: 0 }), hopByHop(), tcpOn("client to VIP"), bytes(3000)];
		path().ingress(packet(ethernet(), ...layers), { gso_size: 1500 });
		expect(trafficOf(await path().read())).toEqual({ "tcp IPv6": { packets: 2, bytes: 3000 + 2 * 60 } });
	});

	test("SCTP is cut between its chunks, so only the kernel's count can tell (GSO_BY_FRAGS)", async () => {
		const frame = onLeg("client to VIP", "IPv4", sctpOn("client to VIP", { chunk: "DATA" }), bytes(2000));
		path().ingress(frame, { gso_size: 0xffff, gso_segs: 3 });
		// The chunk header that the first segment begins with is payload.
		expect(trafficOf(await path().read())).toEqual({ "sctp IPv4": { packets: 3, bytes: 2000 + 4 + 3 * 32 } });
	});
});

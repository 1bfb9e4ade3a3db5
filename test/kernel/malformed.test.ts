/** Runts and lies: no stack would accept them, so they are no traffic, but they are counted as ignored. */
import { expect, test } from "vitest";
import { describeInKernel } from "./as-root.ts";
import { addressesOf, sctpOn, tcpOn, udpOn } from "./cast.ts";
import { ipv4, ipv6 } from "./packets/ip.ts";
import { bytes, cut, ethernet, type Layer, packet, padded, vlan } from "./packets/packet.ts";
import { udp } from "./packets/transport.ts";
import { ignoredOf, trafficOf } from "./seen.ts";
import { PASS, withTestPath } from "./test-path.ts";

const V4 = addressesOf("client to VIP", "IPv4");
const V6 = addressesOf("client to VIP", "IPv6");
const TCP = tcpOn("client to VIP");
const INIT = sctpOn("client to VIP", { chunk: "INIT" });

function frame(...layers: readonly Layer[]): Buffer {
	return packet(ethernet(), ...layers);
}

/** A test run refuses IP packets shorter than their header; behind a tag it does not look. */
function runt(...layers: readonly Layer[]): Buffer {
	return packet(ethernet(), vlan(1), ...layers);
}

const UDP_OF = (length: number) => udp({ from: 1, to: 80, length });

const LIES: readonly [string, Buffer][] = [
	["IPv4: cut within the header", runt(cut(19), ipv4(V4), TCP)],
	["IPv4: nothing behind the tag", runt(cut(0), ipv4(V4))],
	["IPv4: IHL 4", frame(ipv4({ ...V4, ihl: 4 }), TCP)],
	["IPv4: IHL 0", frame(ipv4({ ...V4, ihl: 0 }), TCP)],
	["IPv4: IHL beyond the packet", frame(ipv4({ ...V4, ihl: 15 }), TCP)],
	["IPv4: version 6", frame(ipv4({ ...V4, version: 6 }), TCP)],
	["IPv4: total length beyond the frame", frame(ipv4({ ...V4, totalLength: 41 }), TCP)],
	["IPv4: total length below the header", frame(ipv4({ ...V4, totalLength: 19 }), TCP)],
	["IPv4: total length 0", frame(ipv4({ ...V4, totalLength: 0 }), TCP)],
	["IPv6: cut within the header", runt(cut(39), ipv6(V6), TCP)],
	["IPv6: version 4", frame(ipv6({ ...V6, version: 4 }), TCP)],
	["IPv6: payload length beyond the frame", frame(ipv6({ ...V6, payloadLength: 21 }), TCP)],
	["IPv6: payload length below the transport header", frame(ipv6({ ...V6, payloadLength: 19 }), TCP)],
	["TCP: cut within the header", frame(ipv4(V4), cut(19), TCP)],
	["TCP: header completed by Ethernet padding", padded(frame(ipv4(V4), cut(19), TCP))],
	["TCP: nothing but padding", padded(frame(ipv4(V4), cut(0), TCP))],
	["TCP: header length of 4 words", frame(ipv4(V4), tcpOn("client to VIP", { doff: 4 }))],
	["TCP: header length 0", frame(ipv4(V4), tcpOn("client to VIP", { doff: 0 }))],
	["TCP: header beyond the packet", frame(ipv4(V4), tcpOn("client to VIP", { doff: 6 }))],
	["TCP: options completed by padding", padded(frame(ipv4(V4), tcpOn("client to VIP", { doff: 6 })), 100)],
	["UDP: cut within the header", frame(ipv4(V4), cut(7), UDP_OF(8))],
	["UDP: length below the header", frame(ipv4(V4), UDP_OF(7), bytes(9))],
	["UDP: length beyond the packet", frame(ipv4(V4), UDP_OF(18), bytes(9))],
	["UDP: length completed by padding", padded(frame(ipv4(V4), UDP_OF(18), bytes(9)))],
	["SCTP: no chunk", frame(ipv4(V4), cut(12), INIT)],
	["SCTP: chunk header cut", frame(ipv4(V4), cut(15), INIT)],
	["SCTP: chunk header completed by padding", padded(frame(ipv4(V4), cut(15), INIT))],
	["SCTP: chunk length 3", frame(ipv4(V4), sctpOn("client to VIP", { chunk: "DATA", chunkLength: 3 }))],
	["SCTP: chunk length 0", frame(ipv4(V4), sctpOn("client to VIP", { chunk: "DATA", chunkLength: 0 }))],
	[
		"SCTP: chunk beyond the packet",
		frame(ipv4(V4), sctpOn("client to VIP", { chunk: "DATA", chunkLength: 5 })),
	],
	[
		"SCTP: INIT cut before its tag",
		frame(ipv4(V4), cut(16), sctpOn("client to VIP", { chunk: "INIT", chunkLength: 4 })),
	],
	[
		"SCTP: INIT too short for one",
		frame(ipv4(V4), sctpOn("client to VIP", { chunk: "INIT", chunkLength: 19 })),
	],
];

describeInKernel("a packet that contradicts itself", () => {
	const path = withTestPath();

	test.each(LIES)("%s", async (_, lie) => {
		expect(path().ingress(lie)).toBe(PASS);
		expect(path().egress(lie)).toBe(PASS);
		const reading = await path().read();
		expect(trafficOf(reading)).toEqual({});
		expect(ignoredOf(reading)).toEqual({ malformed: 2 });
	});
});

const ODD: readonly [string, Buffer, string, number][] = [
	["UDP: shorter than the IP packet says", frame(ipv4(V4), UDP_OF(12), bytes(9)), "udp IPv4", 37],
	["UDP: no payload", frame(ipv4(V4), udpOn("client to VIP")), "udp IPv4", 28],
	["TCP: no payload, padded", padded(frame(ipv4(V4), TCP), 200), "tcp IPv4", 40],
	["TCP: 40 bytes of options", frame(ipv4(V4), tcpOn("client to VIP", { options: 40 })), "tcp IPv4", 80],
	["IPv4: 40 bytes of options", frame(ipv4({ ...V4, options: 40 }), TCP), "tcp IPv4", 80],
	[
		"SCTP: more chunks behind the first",
		frame(ipv4(V4), sctpOn("client to VIP", { chunk: "SACK", chunkLength: 4 }), bytes(16)),
		"sctp IPv4",
		52,
	],
];

describeInKernel("a packet that is only unusual", () => {
	const path = withTestPath();

	test.each(ODD)("%s", async (_, odd, service, size) => {
		path().ingress(odd);
		expect(trafficOf(await path().read())).toEqual({ [service]: { packets: 1, bytes: size } });
	});
});

/** What one packet adds to its service: IP total length, on the client's leg only. */
import { expect, test } from "vitest";
import { PROTOCOLS } from "../../src/model/service.ts";
import { describeInKernel } from "./as-root.ts";
import {
	addressesOf,
	CLIENT,
	FAMILIES,
	IP_BYTES,
	onLeg,
	ordinaryPacket,
	STRANGER,
	tcpOn,
	VIP,
} from "./cast.ts";
import { icmp } from "./packets/icmp.ts";
import { ip } from "./packets/ip.ts";
import { bytes, ethernet, packet, padded, vlan } from "./packets/packet.ts";
import { tcp, udp } from "./packets/transport.ts";
import { ignoredOf, trafficOf } from "./seen.ts";
import { PASS, type TestPath, withTestPath } from "./test-path.ts";

const HEADER_BYTES = { tcp: 20, udp: 8, sctp: 16 } as const;
const EACH = FAMILIES.flatMap((family) => PROTOCOLS.map((protocol) => ({ family, protocol })));

describeInKernel("one packet of a service", () => {
	const path = withTestPath();

	test.each(EACH)("$protocol over $family from the client", async ({ family, protocol }) => {
		expect(path().ingress(ordinaryPacket("client to VIP", family, protocol, 100))).toBe(PASS);
		const size = IP_BYTES[family] + HEADER_BYTES[protocol] + 100;
		expect(trafficOf(await path().read())).toEqual({
			[`${protocol} ${family}`]: { packets: 1, bytes: size },
		});
	});

	test.each(EACH)("$protocol over $family to the client", async ({ family, protocol }) => {
		expect(path().egress(ordinaryPacket("VIP to client", family, protocol, 1))).toBe(PASS);
		const size = IP_BYTES[family] + HEADER_BYTES[protocol] + 1;
		expect(trafficOf(await path().read())).toEqual({
			[`${protocol} ${family}`]: { packets: 1, bytes: size },
		});
	});
});

const tagged = (...tags: ReturnType<typeof vlan>[]) =>
	packet(ethernet(), ...tags, ip({ from: "10.1.0.7", to: VIP.IPv4 }), udp({ from: 1, to: 80 }), bytes(10));

describeInKernel("what lies around the IP packet", () => {
	const path = withTestPath();

	test.each([
		{ what: "Ethernet padding is not counted", frame: padded(tagged()), size: 38 },
		{ what: "a VLAN tag is not counted", frame: tagged(vlan(5)), size: 38 },
		{ what: "QinQ tags are not counted", frame: tagged(vlan(5, 0x88a8), vlan(6)), size: 38 },
		{ what: "two 802.1Q tags are not counted", frame: tagged(vlan(5), vlan(6)), size: 38 },
	])("$what", async ({ frame, size }) => {
		path().ingress(frame);
		expect(trafficOf(await path().read())).toEqual({ "udp IPv4": { packets: 1, bytes: size } });
	});
});

/** A test run takes the protocol from where an Ethernet header would have it: here from within the source address. */
const LIKE_ETHERTYPE = { IPv4: "8.0.0.7", IPv6: "fd00:1:86dd::7" } as const;

describeInKernel("a device without Ethernet header", () => {
	const services = FAMILIES.flatMap((family) =>
		[VIP[family], LIKE_ETHERTYPE[family]].map((vip) => ({
			label: vip,
			vip,
			port: 80,
			protocol: "tcp" as const,
			endpoints: [],
		})),
	);
	const path = withTestPath({ services });

	test.each(FAMILIES)("shows %s packets to its ingress program", async (family) => {
		const between = { from: LIKE_ETHERTYPE[family], to: VIP[family] };
		path().ingress(packet(ip(between), tcp({ from: 1, to: 80 })), {}, "ip");
		expect(trafficOf(await path().read())).toEqual({
			[VIP[family]]: { packets: 1, bytes: IP_BYTES[family] + 20 },
		});
	});

	test.each(FAMILIES)("shows %s packets to its egress program", async (family) => {
		const vip = LIKE_ETHERTYPE[family];
		path().egress(packet(ip({ from: vip, to: CLIENT[family] }), tcp({ from: 80, to: 1 })), {}, "ip");
		expect(trafficOf(await path().read())).toEqual({ [vip]: { packets: 1, bytes: IP_BYTES[family] + 20 } });
	});
});

describeInKernel("no traffic of a service", () => {
	const path = withTestPath();
	const { from: client, to: vip } = addressesOf("client to VIP", "IPv4");

	test.each([
		{
			what: "another port",
			frame: packet(ethernet(), ip({ from: client, to: vip }), tcp({ from: 80, to: 81 })),
		},
		{
			what: "another address",
			frame: packet(ethernet(), ip({ from: client, to: STRANGER.IPv4 }), tcp({ from: 1, to: 80 })),
		},
		{ what: "another protocol", frame: packet(ethernet(), ip({ from: client, to: vip }), bytes(20)) },
		{ what: "a ping", frame: packet(ethernet(), ip({ from: client, to: vip }), icmp(8, 0), bytes(56)) },
		{ what: "the endpoint's leg", frame: onLeg("to endpoint", "IPv4", tcpOn("to endpoint")) },
		{ what: "ARP", frame: packet(ethernet({ ethertype: 0x0806 }), bytes(28)) },
		{ what: "a frame without anything", frame: packet(ethernet()) },
		{
			what: "a third VLAN tag",
			frame: packet(
				ethernet(),
				vlan(1),
				vlan(2),
				vlan(3),
				ip({ from: client, to: vip }),
				udp({ from: 1, to: 80 }),
			),
		},
		{ what: "a VIP in the source, at ingress", frame: ordinaryPacket("VIP to client", "IPv4", "tcp") },
	])("$what", async ({ frame }) => {
		expect(path().ingress(frame)).toBe(PASS);
		expect(await countedAnything(path())).toBe(false);
	});

	test("a VIP in the destination, at egress", async () => {
		path().egress(ordinaryPacket("client to VIP", "IPv4", "tcp"));
		expect(await countedAnything(path())).toBe(false);
	});
});

async function countedAnything(path: TestPath): Promise<boolean> {
	const reading = await path.read();
	const flows = await path.rowsOf("flows");
	return Object.keys({ ...trafficOf(reading), ...ignoredOf(reading) }).length + flows.length > 0;
}

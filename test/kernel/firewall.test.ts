/** Firewall rules of our own: what they match, what they drop, what they count. */
import { expect, test } from "vitest";
import type { AddressPrefix, Rule } from "../../src/firewall/rule.ts";
import { describeInKernel } from "./as-root.ts";
import { addressesOf, CLIENT, onLeg, STRANGER, tcpOn, udpOn, VIP } from "./cast.ts";
import { icmp } from "./packets/icmp.ts";
import { ip, ipv4 } from "./packets/ip.ts";
import { bytes, cut, ethernet, type Layer, packet } from "./packets/packet.ts";
import { tcp, udp } from "./packets/transport.ts";
import { ignoredOf, trafficOf } from "./seen.ts";
import { DROP, PASS, type TestPath, withTestPath } from "./test-path.ts";

function rule(name: string, fields: Partial<Rule> = {}): Rule {
	return { name, action: "count", source: [], destination: [], protocol: undefined, ports: [], ...fields };
}

function prefix(text: string): AddressPrefix[] {
	const [address = "", length] = text.split("/");
	return [{ address, length: Number(length) }];
}

function from(source: string, ...layers: readonly Layer[]): Buffer {
	return packet(ethernet(), ip({ from: source, to: source.includes(":") ? VIP.IPv6 : VIP.IPv4 }), ...layers);
}

/** Names of the rules that have counted. */
async function matched(path: TestPath): Promise<string[]> {
	const { firewall = [] } = await path.read();
	return firewall.filter(({ packets }) => packets > 0).map(({ name }) => name);
}

const UDP = udpOn("client to VIP");
const TCP = tcpOn("client to VIP");
const BAD = STRANGER.IPv4;

describeInKernel("rules in their order", () => {
	const path = withTestPath({
		rules: [
			rule("before", { source: prefix("10.66.0.0/16") }),
			rule("block", { source: prefix("10.66.0.0/16"), protocol: 17, action: "drop" }),
			rule("behind", { source: prefix("10.66.0.0/16") }),
			rule("again", { source: prefix("10.66.0.0/16"), protocol: 17, action: "drop" }),
		],
	});

	test("all count up to the first that drops", async () => {
		expect(path().ingress(from(BAD, UDP))).toBe(DROP);
		expect(await matched(path())).toEqual(["before", "block"]);
	});

	test("all count when none drops", async () => {
		expect(path().ingress(from(BAD, TCP))).toBe(PASS);
		expect(await matched(path())).toEqual(["before", "behind"]);
	});

	test("none counts what none matches", async () => {
		expect(path().ingress(from(CLIENT.IPv4, UDP))).toBe(PASS);
		expect(await matched(path())).toEqual([]);
	});

	test("a dropped packet is no traffic and opens no flow, a counted one is and does", async () => {
		path().ingress(from(BAD, UDP));
		path().ingress(from(BAD, TCP));
		expect(trafficOf(await path().read())).toEqual({ "tcp IPv4": { packets: 1, bytes: 40 } });
		expect(await path().rowsOf("flows")).toHaveLength(1);
	});

	test("nothing is dropped on its way out", async () => {
		expect(path().egress(from(BAD, UDP))).toBe(PASS);
		expect(await matched(path())).toEqual([]);
	});

	test("a super-packet counts as on the wire", async () => {
		expect(path().ingress(from(BAD, UDP, bytes(2500)), { gso_size: 1000 })).toBe(DROP);
		const { firewall } = await path().read();
		expect(firewall?.[1]).toEqual({ name: "block", action: "drop", packets: 3, bytes: 2500 + 3 * 28 });
	});
});

describeInKernel("a packet that cannot be counted", () => {
	const path = withTestPath({ rules: [rule("block", { source: prefix("10.66.0.0/16"), action: "drop" })] });
	const later = ipv4({ from: BAD, to: VIP.IPv4, fragment: { id: 1, offset: 800 }, protocol: 17 });

	test.each([
		{ what: "a later fragment without its first", frame: packet(ethernet(), later, bytes(8)) },
		{ what: "a TCP header that contradicts itself", frame: from(BAD, tcp({ from: 1, to: 80, doff: 4 })) },
		{ what: "a TCP header longer than the packet", frame: from(BAD, tcp({ from: 1, to: 80, doff: 15 })) },
		{ what: "a UDP header cut short", frame: from(BAD, cut(7), UDP) },
		{ what: "a protocol without ports", frame: from(BAD, icmp(8, 0)) },
		{ what: "no service's", frame: from(BAD, tcp({ from: 1, to: 22 })) },
	])("is dropped by its address all the same: $what", async ({ frame }) => {
		expect(path().ingress(frame)).toBe(DROP);
		expect(await matched(path())).toEqual(["block"]);
	});

	test.each([
		{ what: "no IP packet", frame: packet(ethernet({ ethertype: 0x0806 }), bytes(28)) },
		{
			what: "an IP header that contradicts itself",
			frame: packet(ethernet(), ipv4({ from: BAD, to: VIP.IPv4, ihl: 4 }), UDP),
		},
	])("passes when it has no address: $what", async ({ frame }) => {
		expect(path().ingress(frame)).toBe(PASS);
		expect(await matched(path())).toEqual([]);
	});
});

describeInKernel("prefixes", () => {
	const NESTED = [
		"10.0.0.0/8",
		"10.1.0.0/16",
		"10.1.0.7/32",
		"10.1.0.0/17",
		"10.2.0.0/16",
		"0.0.0.0/0",
		"::/0",
		"fd00::/16",
		"fd00:1::7/128",
	];
	const rules = [
		rule("any"),
		...NESTED.map((text) => rule(`from ${text}`, { source: prefix(text) })),
		...["10.99.0.0/16", "10.99.0.1/32", "fd00:99::/32"].map((text) =>
			rule(`to ${text}`, { destination: prefix(text) }),
		),
		rule("two", { source: [...prefix("10.7.0.0/16"), ...prefix("fd00:7::/32")] }),
	];
	const path = withTestPath({ rules });
	const TO_V4 = ["to 10.99.0.0/16", "to 10.99.0.1/32"];
	const TO_V6 = ["to fd00:99::/32"];

	test.each([
		{
			source: "10.1.0.7",
			expected: ["10.0.0.0/8", "10.1.0.0/16", "10.1.0.7/32", "10.1.0.0/17", "0.0.0.0/0"],
		},
		{ source: "10.1.0.8", expected: ["10.0.0.0/8", "10.1.0.0/16", "10.1.0.0/17", "0.0.0.0/0"] },
		{ source: "10.1.128.1", expected: ["10.0.0.0/8", "10.1.0.0/16", "0.0.0.0/0"] },
		{ source: "10.2.0.7", expected: ["10.0.0.0/8", "10.2.0.0/16", "0.0.0.0/0"] },
		{ source: "192.0.2.1", expected: ["0.0.0.0/0"] },
		{ source: "fd00:1::7", expected: ["::/0", "fd00::/16", "fd00:1::7/128"] },
		{ source: "fd00:1::8", expected: ["::/0", "fd00::/16"] },
		{ source: "2001:db8::1", expected: ["::/0"] },
	])("the narrow ones hide no wide one, and no family the other: $source", async ({ source, expected }) => {
		path().ingress(from(source, UDP));
		const to = source.includes(":") ? TO_V6 : TO_V4;
		expect(await matched(path())).toEqual(["any", ...expected.map((text) => `from ${text}`), ...to]);
	});

	test.each(["10.7.0.1", "fd00:7::1"])("any one of several is enough: %s", async (source) => {
		path().ingress(from(source, UDP));
		expect(await matched(path())).toContain("two");
	});
});

describeInKernel("protocols and ports", () => {
	const path = withTestPath({
		rules: [
			rule("tcp", { protocol: 6 }),
			rule("icmp", { protocol: 1 }),
			rule("port 80", { ports: [{ first: 80, last: 80 }] }),
			rule("port 80 udp", { protocol: 17, ports: [{ first: 80, last: 80 }] }),
			rule("ports 1000-2000, 65535", {
				ports: [
					{ first: 1000, last: 2000 },
					{ first: 65535, last: 65535 },
				],
			}),
			rule("all ports", { ports: [{ first: 1, last: 65535 }] }),
		],
	});
	const RANGE = "ports 1000-2000, 65535";

	test.each([
		{
			what: "TCP 80",
			frame: from(BAD, tcp({ from: 1000, to: 80 })),
			expected: ["tcp", "port 80", "all ports"],
		},
		{
			what: "UDP 80",
			frame: from(BAD, udp({ from: 1000, to: 80 })),
			expected: ["port 80", "port 80 udp", "all ports"],
		},
		{ what: "UDP 999", frame: from(BAD, udp({ from: 80, to: 999 })), expected: ["all ports"] },
		{ what: "UDP 1000", frame: from(BAD, udp({ from: 1, to: 1000 })), expected: [RANGE, "all ports"] },
		{ what: "UDP 2000", frame: from(BAD, udp({ from: 1, to: 2000 })), expected: [RANGE, "all ports"] },
		{ what: "UDP 2001", frame: from(BAD, udp({ from: 1, to: 2001 })), expected: ["all ports"] },
		{ what: "UDP 65535", frame: from(BAD, udp({ from: 1, to: 65535 })), expected: [RANGE, "all ports"] },
		{ what: "a ping, which has no ports", frame: from(BAD, icmp(8, 0)), expected: ["icmp"] },
		{
			what: "a malformed UDP packet, whose ports are not believed",
			frame: from(BAD, udp({ from: 1, to: 80, length: 99 })),
			expected: [],
		},
	])("$what", async ({ frame, expected }) => {
		expect(path().ingress(frame)).toBe(PASS);
		expect(await matched(path())).toEqual(expected);
	});

	test("a later fragment has the ports of its first", async () => {
		const between = addressesOf("client to VIP", "IPv4");
		const first = ipv4({ ...between, fragment: { id: 3, more: true }, protocol: 17 });
		const last = ipv4({ ...between, fragment: { id: 3, offset: 16 }, protocol: 17 });
		path().ingress(packet(ethernet(), first, udp({ from: 1, to: 80, length: 24 }), bytes(8)));
		path().ingress(packet(ethernet(), last, bytes(8)));
		const { firewall } = await path().read();
		expect(firewall?.find(({ name }) => name === "port 80 udp")?.packets).toBe(2);
	});
});

describeInKernel("256 rules", () => {
	const rules = Array.from({ length: 256 }, (_, i) =>
		rule(`rule ${i}`, { source: prefix(`10.66.${i}.0/24`), action: i === 255 ? "drop" : "count" }),
	);
	const path = withTestPath({ rules });

	test.each([0, 63, 64, 128, 254])("number %d counts alone", async (i) => {
		expect(path().ingress(from(`10.66.${i}.1`, UDP))).toBe(PASS);
		expect(await matched(path())).toEqual([`rule ${i}`]);
	});

	test("the last drops", async () => {
		expect(path().ingress(from("10.66.255.1", UDP))).toBe(DROP);
	});
});

describeInKernel("without rules", () => {
	const path = withTestPath();

	test("nothing is dropped, and malformed packets are counted as ignored", async () => {
		expect(path().ingress(onLeg("client to VIP", "IPv4", cut(3), TCP))).toBe(PASS);
		expect(ignoredOf(await path().read())).toEqual({ malformed: 1 });
	});
});

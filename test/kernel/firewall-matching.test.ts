/** What a firewall rule matches: prefixes, protocols, ports. */
import { expect, test } from "vitest";
import { describeInKernel } from "./as-root.ts";
import { addressesOf, STRANGER, udpOn } from "./cast.ts";
import { icmp } from "./packets/icmp.ts";
import { ipv4 } from "./packets/ip.ts";
import { bytes, ethernet, packet } from "./packets/packet.ts";
import { tcp, udp } from "./packets/transport.ts";
import { from, matched, prefix, rule } from "./rules.ts";
import { PASS, withTestPath } from "./test-path.ts";

const UDP = udpOn("client to VIP");
const BAD = STRANGER.IPv4;

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

/** ICMP and ICMPv6 unreachable: the error of the flow that they quote. */
import { expect, test } from "vitest";
import type { Protocol } from "../../src/model/service.ts";
import { describeInKernel } from "./as-root.ts";
import { addressesOf, FAMILIES, type Family, type Leg, onLeg, STRANGER, transportOn } from "./cast.ts";
import { converse, outcomeOf } from "./conversation.ts";
import { icmp, icmpv6, unreachable } from "./packets/icmp.ts";
import { fragmentHeader, hopByHop, ip, ipv4 } from "./packets/ip.ts";
import { bytes, cut, ethernet, type Layer, packet, padded } from "./packets/packet.ts";
import { withTestPath } from "./test-path.ts";

/** Says that what went on `leg` did not arrive, to who had sent it. */
function complaint(about: Leg, family: Family, error: Layer, protocol: Protocol, ...shape: Layer[]): Buffer {
	const to = addressesOf(about, family).from;
	const quoted = [...shape, ip(addressesOf(about, family)), transportOn(about, protocol)];
	return packet(ethernet(), ip({ from: STRANGER[family], to }), error, ...quoted);
}

/** What; protocol; script before; ICMP code; state afterwards; errors. */
type Case = readonly [string, Protocol, string, number, string, string[]];

/** To the client, about what it sent to the VIP. */
const TO_CLIENT_V4: readonly Case[] = [
	["net unreachable, TCP opening", "tcp", ">S", 0, "closed", ["unreachable by network"]],
	["host unreachable, TCP opening", "tcp", ">S", 1, "closed", ["unreachable by network"]],
	["protocol unreachable, TCP opening", "tcp", ">S", 2, "closed", ["unreachable by endpoint"]],
	["port unreachable, TCP opening", "tcp", ">S", 3, "closed", ["unreachable by endpoint"]],
	["too big is no error", "tcp", ">S", 4, "opening", []],
	["forbidden, TCP opening", "tcp", ">S", 13, "closed", ["unreachable by network"]],
	["an established TCP connection survives", "tcp", ">S <SA >A", 3, "active", []],
	["TCP picked up under way", "tcp", "<SA", 3, "closed", []],
	["UDP unanswered", "udp", ">data", 3, "active", ["unreachable by endpoint"]],
	["UDP unanswered, no way there", "udp", ">data", 1, "active", ["unreachable by network"]],
	["UDP answered", "udp", ">data <data >data", 3, "active", []],
	["SCTP opening", "sctp", ">INIT", 3, "closed", ["unreachable by endpoint"]],
	["SCTP established", "sctp", ">INIT <INIT_ACK >COOKIE_ECHO <COOKIE_ACK", 2, "active", []],
];

const TO_CLIENT_V6: readonly Case[] = [
	["no route, TCP opening", "tcp", ">S", 0, "closed", ["unreachable by network"]],
	["address unreachable, TCP opening", "tcp", ">S", 3, "closed", ["unreachable by network"]],
	["port unreachable, TCP opening", "tcp", ">S", 4, "closed", ["unreachable by endpoint"]],
	["port unreachable, TCP established", "tcp", ">S <SA >A", 4, "active", []],
	["port unreachable, UDP unanswered", "udp", ">data", 4, "active", ["unreachable by endpoint"]],
	["forbidden, UDP unanswered", "udp", ">data", 1, "active", ["unreachable by network"]],
	["port unreachable, UDP answered", "udp", ">data <data", 4, "active", []],
	["no route, SCTP opening", "sctp", ">INIT", 0, "closed", ["unreachable by network"]],
];

describeInKernel("ICMP to the client", () => {
	const path = withTestPath();

	test.each([
		...TO_CLIENT_V4.map((row) => ["IPv4", ...row] as const),
		...TO_CLIENT_V6.map((row) => ["IPv6", ...row] as const),
	])("%s: %s", async (family, _, protocol, script, code, state, errors) => {
		converse(path(), protocol, script, family);
		const before = await outcomeOf(path());
		const frame = complaint("client to VIP", family, unreachable(family, code), protocol);
		path().egress(frame);
		path().egress(frame);
		expect(await outcomeOf(path())).toEqual({ ...before, states: [state], errors });
	});
});

describeInKernel("ICMP from the client's side", () => {
	const path = withTestPath();

	test.each([
		{ what: "the client closed its port", family: "IPv4", code: 3, origin: "client" },
		{ what: "the client cannot be reached", family: "IPv4", code: 1, origin: "network" },
		{ what: "the client closed its port", family: "IPv6", code: 4, origin: "client" },
		{ what: "the client cannot be reached", family: "IPv6", code: 3, origin: "network" },
	] as const)("$what ($family)", async ({ family, code, origin }) => {
		converse(path(), "tcp", ">S <SA", family);
		path().ingress(complaint("VIP to client", family, unreachable(family, code), "tcp"));
		expect((await outcomeOf(path())).errors).toEqual([`unreachable by ${origin}`]);
	});

	test("after the answer it is no error of UDP", async () => {
		converse(path(), "udp", ">data <data");
		path().ingress(complaint("VIP to client", "IPv4", unreachable("IPv4", 3), "udp"));
		expect((await outcomeOf(path())).errors).toEqual([]);
	});
});

const QUOTES: readonly [string, Buffer, number][] = [
	[
		"20 + 8 bytes, the least that RFC 792 asks for",
		complaint("client to VIP", "IPv4", icmp(3, 3), "tcp", cut(28)),
		1,
	],
	["right behind the ports", complaint("client to VIP", "IPv4", icmp(3, 3), "tcp", cut(24)), 1],
	["within the ports", complaint("client to VIP", "IPv4", icmp(3, 3), "tcp", cut(23)), 0],
	[
		"within the ports, padding behind",
		padded(complaint("client to VIP", "IPv4", icmp(3, 3), "tcp", cut(22)), 200),
		0,
	],
	["within the IP header", complaint("client to VIP", "IPv4", icmp(3, 3), "tcp", cut(19)), 0],
	["before it begins", complaint("client to VIP", "IPv4", icmp(3, 3), "tcp", cut(0)), 0],
	[
		"in the ICMP header",
		padded(packet(ethernet(), ip({ from: STRANGER.IPv4, to: "10.1.0.7" }), cut(1), icmp(3, 3))),
		0,
	],
];

const OTHERS: readonly [string, Buffer][] = [
	["time exceeded", complaint("client to VIP", "IPv4", icmp(11, 0), "tcp")],
	["redirect", complaint("client to VIP", "IPv4", icmp(5, 1), "tcp")],
	["a ping that looks like a quote", complaint("client to VIP", "IPv4", icmp(8, 3), "tcp")],
	["ICMPv6 packet too big", complaint("client to VIP", "IPv6", icmpv6(2, 0), "tcp")],
	["about the endpoint's leg", complaint("to endpoint", "IPv4", icmp(3, 3), "tcp")],
	["about another protocol", complaint("client to VIP", "IPv4", icmp(3, 3), "udp")],
	["about the other direction", complaint("VIP to client", "IPv4", icmp(3, 3), "tcp")],
	["quoting a later fragment", complaint("client to VIP", "IPv4", icmp(3, 3), "tcp", laterFragment)],
];

function laterFragment(inside: Parameters<Layer>[0]) {
	const bytes = Buffer.from(inside.bytes);
	bytes.writeUInt16BE(185, 6);
	return { ...inside, bytes };
}

describeInKernel("an ICMP error that", () => {
	const path = withTestPath();

	test.each(QUOTES)("ends its quote %s", async (_, frame, errors) => {
		converse(path(), "tcp", ">S");
		path().egress(frame);
		expect((await outcomeOf(path())).errors).toHaveLength(errors);
	});

	test.each(OTHERS)("is %s is no error of the flow", async (_, frame) => {
		converse(path(), "tcp", ">S");
		converse(path(), "tcp", ">S", "IPv6");
		path().egress(frame);
		expect((await outcomeOf(path())).errors).toEqual([]);
	});

	test("quotes IP options is understood", async () => {
		converse(path(), "tcp", ">S");
		const between = addressesOf("client to VIP", "IPv4");
		const quoted = [ipv4({ ...between, options: 12 }), transportOn("client to VIP", "tcp")];
		path().egress(packet(ethernet(), ip({ from: STRANGER.IPv4, to: between.from }), icmp(3, 3), ...quoted));
		expect((await outcomeOf(path())).errors).toEqual(["unreachable by endpoint"]);
	});

	test.each([
		{ what: "extension headers is understood", header: hopByHop(16), errors: 1 },
		{ what: "a first fragment is understood", header: fragmentHeader({ id: 1, more: true }), errors: 1 },
		{ what: "a later fragment is not", header: fragmentHeader({ id: 1, offset: 8 }), errors: 0 },
	])("quotes IPv6 with $what", async ({ header, errors }) => {
		converse(path(), "tcp", ">S", "IPv6");
		const between = addressesOf("client to VIP", "IPv6");
		const quoted = [ip(between), header, transportOn("client to VIP", "tcp")];
		path().egress(packet(ethernet(), ip({ from: STRANGER.IPv6, to: between.from }), icmpv6(1, 4), ...quoted));
		expect((await outcomeOf(path())).errors).toHaveLength(errors);
	});

	test("is about no flow opens none", async () => {
		path().egress(complaint("client to VIP", "IPv4", icmp(3, 3), "tcp"));
		expect(await outcomeOf(path())).toEqual({ states: [], requests: 0, errors: [] });
	});
});

describeInKernel("after an ICMP error", () => {
	const path = withTestPath();

	test.each(FAMILIES)(
		"a handshake may still complete: the error stays, the flow is active (%s)",
		async (family) => {
			converse(path(), "tcp", ">S", family);
			path().egress(complaint("client to VIP", family, unreachable(family, 0), "tcp"));
			converse(path(), "tcp", ">S <SA >A", family);
			expect(await outcomeOf(path())).toEqual({
				states: ["active"],
				requests: 1,
				errors: ["unreachable by network"],
			});
			converse(path(), "tcp", ">R", family);
			expect((await outcomeOf(path())).errors).toHaveLength(1);
		},
	);

	test("is itself no traffic of the service", async () => {
		path().ingress(onLeg("client to VIP", "IPv4", icmp(3, 3), bytes(28)));
		expect((await path().read()).services.every(({ packets }) => packets === 0)).toBe(true);
	});
});

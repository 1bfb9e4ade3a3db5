/** Firewall rules of our own: what they drop, what they count. */
import { expect, test } from "vitest";
import { describeInKernel } from "./as-root.ts";
import { CLIENT, onLeg, STRANGER, tcpOn, udpOn, VIP } from "./cast.ts";
import { icmp } from "./packets/icmp.ts";
import { ipv4 } from "./packets/ip.ts";
import { bytes, cut, ethernet, packet } from "./packets/packet.ts";
import { tcp } from "./packets/transport.ts";
import { from, matched, prefix, rule } from "./rules.ts";
import { ignoredOf, trafficOf } from "./seen.ts";
import { DROP, PASS, withTestPath } from "./test-path.ts";

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

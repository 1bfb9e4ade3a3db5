/** Through which program each packet of a capture goes: docs/replay.md has the same rules in words. */
import { beforeEach, describe, expect, test } from "vitest";
import {
	createHookChooser,
	EGRESS,
	type Hook,
	type HookChooser,
	INGRESS,
	SKIP,
} from "../../src/replay/choose-hook.ts";
import { createCopies } from "../../src/replay/copies.ts";
import { emptyHeaders, takeHeaders } from "../../src/replay/headers.ts";
import { emptyFrame, type Frame } from "../../src/replay/link-layers.ts";
import { createServiceSet } from "../../src/replay/service-set.ts";
import {
	CLIENT,
	ENDPOINT,
	FAMILIES,
	type Family,
	type Leg,
	ordinaryPacket,
	SERVICES,
	tcpOn,
	VIP,
} from "../kernel/cast.ts";
import { unreachable } from "../kernel/packets/icmp.ts";
import { ip } from "../kernel/packets/ip.ts";
import { bytes, ethernet, packet } from "../kernel/packets/packet.ts";

const MS = 1e6;

describe.each(FAMILIES)("over %s", (family) => {
	let chooser: HookChooser;
	beforeEach(() => {
		chooser = createHookChooser(createServiceSet(SERVICES), createCopies());
	});

	function hookOf(bytes: Buffer, told: Partial<Frame> = {}, atMs = 0): Hook {
		const frame = {
			...emptyFrame(),
			length: bytes.length,
			wireLength: bytes.length,
			hasAddresses: true,
			...told,
		};
		const [headers, view] = [emptyHeaders(), new DataView(bytes.buffer, bytes.byteOffset, bytes.length)];
		takeHeaders(view, 0, bytes.length, headers);
		return chooser.choose({ bytes, view, frame, headers, timeNs: atMs * MS });
	}
	const on = (leg: Leg) => ordinaryPacket(leg, family, "tcp");

	test.each<[Leg, Frame["direction"], Hook]>([
		["client to VIP", undefined, INGRESS],
		["client to VIP", "in", INGRESS],
		["VIP to client", undefined, EGRESS],
		["VIP to client", "out", EGRESS],
		["VIP to client", "in", SKIP],
		["to endpoint", undefined, EGRESS],
		["to endpoint", "out", EGRESS],
		["to endpoint", "in", SKIP],
	])("%s, direction %s", (leg, direction, hook) => {
		expect(hookOf(on(leg), { direction })).toBe(hook);
	});

	test("a packet for the VIP that leaves tells the endpoint by its Ethernet address, if there is one", () => {
		expect(hookOf(on("client to VIP"), { direction: "out" })).toBe(EGRESS);
		expect(hookOf(on("client to VIP"), { direction: "out", hasAddresses: false })).toBe(SKIP);
	});

	test("the same packet for another Ethernet address is on its way to an endpoint; for the same one it was sent again", () => {
		const first = on("client to VIP");
		const onward = Buffer.from(first);
		onward.writeUInt8(0xe1, 5);
		lowerTtl(onward, family);
		expect(hookOf(first)).toBe(INGRESS);
		expect(hookOf(first, {}, 1)).toBe(INGRESS);
		expect(hookOf(onward, {}, 2)).toBe(EGRESS);
		expect(chooser.copies).toBe(1);
	});

	test("a packet that a bridge shows again counts at the first device", () => {
		const cooked = { hasAddresses: false, direction: "in" as const };
		expect(hookOf(on("client to VIP"), { ...cooked, device: 4 })).toBe(INGRESS);
		expect(hookOf(on("client to VIP"), { ...cooked, device: 5 }, 1)).toBe(SKIP);
		expect(hookOf(on("VIP to client"), { hasAddresses: false, direction: "out", device: 5 }, 2)).toBe(EGRESS);
		expect(hookOf(on("VIP to client"), { hasAddresses: false, direction: "out", device: 4 }, 3)).toBe(SKIP);
	});

	test("a packet that comes on another device long after is no copy", () => {
		const cooked = { hasAddresses: false, direction: "in" as const };
		expect(hookOf(on("client to VIP"), { ...cooked, device: 4 })).toBe(INGRESS);
		expect(hookOf(on("client to VIP"), { ...cooked, device: 5 }, 200)).toBe(INGRESS);
	});

	test("an ICMP error goes the way that its addresses say", () => {
		const quoted = [
			unreachable(family, 1),
			ip({ from: CLIENT[family], to: VIP[family] }),
			tcpOn("client to VIP"),
			bytes(8),
		];
		const sent = (from: string, to: string) => packet(ethernet(), ip({ from, to }), ...quoted);
		expect(hookOf(sent(VIP[family], CLIENT[family]))).toBe(EGRESS);
		expect(hookOf(sent(CLIENT[family], VIP[family]))).toBe(INGRESS);
		expect(hookOf(sent(ENDPOINT[family], CLIENT[family]))).toBe(EGRESS);
	});
});

function lowerTtl(frame: Buffer, family: Family): void {
	const at = family === "IPv4" ? 14 + 8 : 14 + 7;
	frame.writeUInt8((frame[at] as number) - 1, at);
}

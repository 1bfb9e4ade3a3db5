/** IPv6 extension headers: the transport header is behind them, and their bytes count. */
import { expect, test } from "vitest";
import { describeInKernel } from "./as-root.ts";
import { addressesOf, tcpOn } from "./cast.ts";
import { authentication, destinationOptions, fragmentHeader, hopByHop, ipv6, routing } from "./packets/ip.ts";
import { bytes, ethernet, type Layer, packet } from "./packets/packet.ts";
import { ignoredOf, trafficOf } from "./seen.ts";
import { withTestPath } from "./test-path.ts";

const FIXED_BYTES = 40 + 20 + 100;

function behind(...chain: readonly Layer[]): Buffer {
	const { from, to } = addressesOf("client to VIP", "IPv6");
	return packet(ethernet(), ipv6({ from, to }), ...chain, tcpOn("client to VIP"), bytes(100));
}

describeInKernel("TCP behind IPv6 extension headers", () => {
	const path = withTestPath();

	test.each([
		{ what: "hop-by-hop options", chain: [hopByHop()], length: 8 },
		{ what: "long hop-by-hop options", chain: [hopByHop(2048)], length: 2048 },
		{ what: "routing", chain: [routing(24)], length: 24 },
		{ what: "destination options", chain: [destinationOptions(16)], length: 16 },
		{ what: "authentication, 12 bytes of check value", chain: [authentication(24)], length: 24 },
		{ what: "authentication, 32 bytes of check value", chain: [authentication(44)], length: 44 },
		{ what: "a fragment header of a whole packet", chain: [fragmentHeader({ id: 1 })], length: 8 },
		{
			what: "one of each",
			chain: [hopByHop(), destinationOptions(), routing(), fragmentHeader({ id: 1 }), authentication(24)],
			length: 56,
		},
		{ what: "eight, the most that is followed", chain: Array(8).fill(destinationOptions()), length: 64 },
	])("$what", async ({ chain, length }) => {
		path().ingress(behind(...chain));
		expect(trafficOf(await path().read())).toEqual({
			"tcp IPv6": { packets: 1, bytes: FIXED_BYTES + length },
		});
	});

	test.each([
		{ what: "nine headers are not followed", chain: Array(9).fill(destinationOptions()), ignored: {} },
		{ what: "encryption hides the ports", chain: [encrypted], ignored: {} },
	])("$what", async ({ chain, ignored }) => {
		path().ingress(behind(...chain));
		const reading = await path().read();
		expect(trafficOf(reading)).toEqual({});
		expect(ignoredOf(reading)).toEqual(ignored);
	});

	test.each([
		{ what: "a header that ends behind the packet", last: cutHeader(4) },
		{ what: "a header that is longer than the packet", last: longHeader },
	])("$what is malformed", async ({ last }) => {
		const { from, to } = addressesOf("client to VIP", "IPv6");
		path().ingress(packet(ethernet(), ipv6({ from, to }), hopByHop(), last));
		const reading = await path().read();
		expect(trafficOf(reading)).toEqual({});
		expect(ignoredOf(reading)).toEqual({ malformed: 1 });
	});
});

function encrypted(inside: Parameters<Layer>[0]) {
	return { ...inside, protocol: 50 };
}

function cutHeader(size: number): Layer {
	return () => ({ ethertype: 0, protocol: 60, bytes: Buffer.alloc(size) });
}

/** TCP follows; 255 times 8 bytes are announced. */
function longHeader() {
	return { ethertype: 0, protocol: 60, bytes: Buffer.from([6, 255, 0, 0, 0, 0, 0, 0]) };
}

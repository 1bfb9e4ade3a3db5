/** IP fragments: only the first carries ports, so it tells them to the later ones. */
import { expect, test } from "vitest";
import { describeInKernel } from "./as-root.ts";
import { addressesOf, FAMILIES, type Family, type Leg, SERVICE_PORT, STRANGER } from "./cast.ts";
import { type Between, type FragmentFields, fragmentHeader, ipv4, ipv6 } from "./packets/ip.ts";
import { bytes, ethernet, type Layer, packet } from "./packets/packet.ts";
import { udp } from "./packets/transport.ts";
import { ignoredOf, requestsOf, trafficOf } from "./seen.ts";
import { withTestPath } from "./test-path.ts";

const UDP = 17;

function fragment(
	family: Family,
	between: Between,
	fields: FragmentFields,
	...layers: readonly Layer[]
): Buffer {
	const headers = {
		IPv4: [ipv4({ ...between, fragment: fields, protocol: UDP })],
		IPv6: [ipv6(between), fragmentHeader(fields, UDP)],
	};
	return packet(ethernet(), ...headers[family], ...layers);
}

/** The datagram has 2,000 bytes of payload: 1,472 in the first fragment, 528 in the last. */
function firstOf(family: Family, id = 7, leg: Leg = "client to VIP"): Buffer {
	const ports = leg === "client to VIP" ? { from: 9, to: SERVICE_PORT } : { from: SERVICE_PORT, to: 9 };
	const datagram = [udp({ ...ports, length: 2008 }), bytes(1472)];
	return fragment(family, addressesOf(leg, family), { id, more: true }, ...datagram);
}

function lastOf(family: Family, id = 7, leg: Leg = "client to VIP"): Buffer {
	return fragment(family, addressesOf(leg, family), { id, offset: 1480 }, bytes(528));
}

const HEADERS = { IPv4: 20, IPv6: 48 } as const;

describeInKernel("a fragmented datagram", () => {
	const path = withTestPath();

	test.each(FAMILIES)("counts as its %s fragments, and as one request", async (family) => {
		path().ingress(firstOf(family));
		path().ingress(lastOf(family));
		const reading = await path().read();
		const size = 8 + 2000 + 2 * HEADERS[family];
		expect(trafficOf(reading)).toEqual({ [`udp ${family}`]: { packets: 2, bytes: size } });
		expect(requestsOf(reading)).toBe(1);
		expect(ignoredOf(reading)).toEqual({});
	});

	test.each(FAMILIES)("to the client counts likewise over %s", async (family) => {
		path().egress(firstOf(family, 7, "VIP to client"));
		path().egress(lastOf(family, 7, "VIP to client"));
		const size = 8 + 2000 + 2 * HEADERS[family];
		expect(trafficOf(await path().read())).toEqual({ [`udp ${family}`]: { packets: 2, bytes: size } });
	});
});

describeInKernel("a later fragment", () => {
	const path = withTestPath();

	test.each(FAMILIES)("whose first was not seen is ignored (%s)", async (family) => {
		path().ingress(lastOf(family));
		path().egress(lastOf(family, 7, "VIP to client"));
		const reading = await path().read();
		expect(trafficOf(reading)).toEqual({});
		expect(ignoredOf(reading)).toEqual({ fragment_without_first: 2 });
	});

	test.each(FAMILIES)("of another datagram is ignored (%s)", async (family) => {
		path().ingress(firstOf(family, 7));
		path().ingress(lastOf(family, 8));
		const size = 8 + 1472 + HEADERS[family];
		const reading = await path().read();
		expect(trafficOf(reading)).toEqual({ [`udp ${family}`]: { packets: 1, bytes: size } });
		expect(ignoredOf(reading)).toEqual({ fragment_without_first: 1 });
	});

	test("of another sender with the same id is ignored", async () => {
		const between = { ...addressesOf("client to VIP", "IPv4"), from: STRANGER.IPv4 };
		path().ingress(firstOf("IPv4"));
		path().ingress(fragment("IPv4", between, { id: 7, offset: 1480 }, bytes(8)));
		expect(ignoredOf(await path().read())).toEqual({ fragment_without_first: 1 });
	});

	test("of another protocol than the services' is nobody's", async () => {
		const between = addressesOf("client to VIP", "IPv4");
		path().ingress(
			packet(ethernet(), ipv4({ ...between, fragment: { id: 1, offset: 8 }, protocol: 1 }), bytes(8)),
		);
		expect(ignoredOf(await path().read())).toEqual({});
	});
});

describeInKernel("a first fragment", () => {
	const path = withTestPath();

	test("too short for the ports is malformed", async () => {
		path().ingress(fragment("IPv4", addressesOf("client to VIP", "IPv4"), { id: 1, more: true }, bytes(7)));
		expect(ignoredOf(await path().read())).toEqual({ malformed: 1 });
	});

	test("holds part of the length that UDP announces", async () => {
		path().ingress(firstOf("IPv4"));
		expect(trafficOf(await path().read())).toEqual({ "udp IPv4": { packets: 1, bytes: 1500 } });
	});
});

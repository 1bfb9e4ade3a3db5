/** The same-packet join of fragmented packets, which a load balancer reassembles and cuts again elsewhere. */
import { expect, test } from "vitest";
import { describeInKernel } from "./as-root.ts";
import {
	addressesOf,
	ENDPOINT,
	ENDPOINT_PORT,
	FAMILIES,
	type Family,
	type Leg,
	SERVICE_PORT,
	tcpOn,
} from "./cast.ts";
import { forward } from "./forward.ts";
import { fragmentHeader, ipv4, ipv6 } from "./packets/ip.ts";
import { bytes, ENDPOINT_MAC, ethernet, type Layer, packet } from "./packets/packet.ts";
import { udp } from "./packets/transport.ts";
import { endpointsOf } from "./seen.ts";
import { withTestPath } from "./test-path.ts";

interface First {
	readonly id: number;
	/** Bytes of payload, which tell where it was cut. */
	readonly size: number;
	readonly mac?: string;
}

function firstOn(leg: Leg, family: Family, { id, size, mac }: First, transport: Layer): Buffer {
	const between = addressesOf(leg, family);
	const headers = {
		IPv4: [ipv4({ ...between, fragment: { id, more: true } })],
		IPv6: [ipv6(between), fragmentHeader({ id, more: true })],
	};
	return packet(ethernet(mac ? { destination: mac } : {}), ...headers[family], transport, bytes(size));
}

function datagramOn(leg: Leg): Layer {
	return udp({ from: 9, to: leg === "to endpoint" ? ENDPOINT_PORT : SERVICE_PORT, length: 3008 });
}

describeInKernel("the first fragment", () => {
	const path = withTestPath();

	test.each(FAMILIES)("of TCP tells the endpoint by its token: %s", async (family) => {
		const before = firstOn("client to VIP", family, { id: 7, size: 1400 }, tcpOn("client to VIP"));
		forward(path(), before, firstOn("to endpoint", family, { id: 8, size: 1200 }, tcpOn("to endpoint")));
		expect(await endpointsOf(path())).toEqual([ENDPOINT[family]]);
	});

	test("of UDP over IPv4 tells it by its identification, which stays", async () => {
		const before = firstOn("client to VIP", "IPv4", { id: 7, size: 1472 }, datagramOn("client to VIP"));
		forward(path(), before, firstOn("to endpoint", "IPv4", { id: 7, size: 1232 }, datagramOn("to endpoint")));
		expect(await endpointsOf(path())).toEqual([ENDPOINT.IPv4]);
	});

	test("of UDP over IPv6 tells it by hash and port, for the identification is new", async () => {
		const mac = ENDPOINT_MAC;
		const before = firstOn("client to VIP", "IPv6", { id: 7, size: 1448 }, datagramOn("client to VIP"));
		forward(
			path(),
			before,
			firstOn("client to VIP", "IPv6", { id: 8, size: 1208, mac }, datagramOn("client to VIP")),
		);
		expect(await endpointsOf(path())).toEqual([ENDPOINT_MAC]);
	});

	test("of another datagram tells nothing", async () => {
		const before = firstOn("client to VIP", "IPv4", { id: 7, size: 1472 }, datagramOn("client to VIP"));
		forward(path(), before, firstOn("to endpoint", "IPv4", { id: 8, size: 1472 }, datagramOn("to endpoint")));
		expect(await endpointsOf(path())).toEqual(["unknown"]);
	});
});

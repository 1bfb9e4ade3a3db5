/**
 * The same-packet join: what comes in for the VIP goes out to the endpoint. UDP is told by the hash that the kernel keeps
 * across NAT, which no test run can give to a packet: with NAT it is proven by real traffic only, here without.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { describeInKernel } from "./as-root.ts";
import { addressesOf, CLIENT, ENDPOINT, FAMILIES, type Leg, onLeg, sctpOn, tcpOn, VIP } from "./cast.ts";
import { CAME_IN_BY, forward, forwardWithNat } from "./forward.ts";
import { ip } from "./packets/ip.ts";
import { bytes, ethernet, packet, vlan } from "./packets/packet.ts";
import { tcp } from "./packets/transport.ts";
import { endpointsOf, pairsOf } from "./seen.ts";
import { withTestPath } from "./test-path.ts";

const LB = { IPv4: "10.20.1.1", IPv6: "fd00:20:1::1" } as const;

const SYN = (leg: Leg) => [tcpOn(leg, { flags: "S", sequence: 7 })];
const INIT = (leg: Leg) => [sctpOn(leg, { chunk: "INIT", initiateTag: 7 })];
const DATA = (leg: Leg) => [sctpOn(leg, { chunk: "DATA", tag: 7 }), bytes(10)];

describeInKernel("destination NAT", () => {
	const path = withTestPath();

	test.each(
		FAMILIES.flatMap((family) => [
			{ family, what: "TCP SYN", layers: SYN },
			{ family, what: "SCTP INIT", layers: INIT },
			{ family, what: "SCTP DATA", layers: DATA },
		]),
	)("tells the endpoint on the first packet: $what over $family", async ({ family, layers }) => {
		forwardWithNat(path(), family, layers);
		expect(await endpointsOf(path())).toEqual([ENDPOINT[family]]);
	});

	test("books what waited, and then the rest, to the pair", async () => {
		forwardWithNat(path(), "IPv4", SYN);
		path().egress(onLeg("VIP to client", "IPv4", tcpOn("VIP to client", { flags: "SA" })));
		path().ingress(onLeg("client to VIP", "IPv4", tcpOn("client to VIP"), bytes(60)));
		expect(pairsOf(await path().read())).toEqual([
			{ service: "tcp IPv4", client: CLIENT.IPv4, endpoint: ENDPOINT.IPv4, packets: 3, bytes: 180 },
		]);
		expect(await path().rowsOf("flows")).toMatchObject([{ pendingPackets: 0, pendingBytes: 0 }]);
	});

	test("with masquerade tells it, too", async () => {
		const masqueraded = packet(
			ethernet(),
			ip({ from: LB.IPv4, to: ENDPOINT.IPv4 }),
			tcp({ from: 1025, to: 8080, flags: "S", sequence: 7 }),
		);
		forward(path(), onLeg("client to VIP", "IPv4", ...SYN("client to VIP")), masqueraded);
		expect(await endpointsOf(path())).toEqual([ENDPOINT.IPv4]);
	});

	test("out by a VLAN, as a super-packet", async () => {
		const layers = (leg: Leg) => [ip(addressesOf(leg, "IPv4")), tcpOn(leg), bytes(3000)];
		const before = packet(ethernet(), ...layers("client to VIP"));
		forward(path(), before, packet(ethernet(), vlan(5), ...layers("to endpoint")), { gso_size: 1000 });
		expect(await endpointsOf(path())).toEqual([ENDPOINT.IPv4]);
	});

	test("of a batch: several come in before the first goes out", async () => {
		const numbers = [1, 2, 3, 4, 5, 6, 7, 8];
		const frameOn = (leg: Leg, i: number, to: string) => {
			const ports = { from: 1000 + i, to: leg === "client to VIP" ? 80 : 8080 };
			return packet(ethernet(), ip({ from: CLIENT.IPv4, to }), tcp({ ...ports, flags: "S", sequence: i }));
		};
		const before = numbers.map((i) => frameOn("client to VIP", i, VIP.IPv4));
		const after = numbers.map((i) => frameOn("to endpoint", i, `10.20.1.${i}`));
		for (const frame of before) path().ingress(frame);
		for (const frame of after) path().egress(frame, { ingress_ifindex: CAME_IN_BY });
		const rows = await path().rowsOf("flows");
		const found = rows.map(({ client, endpoint }) => `${client} ${endpoint}`);
		expect(found.sort()).toEqual(numbers.map((i) => `10.1.0.7:${1000 + i} 10.20.1.${i}`));
	});

	test("of a new connection on old ports may lead elsewhere", async () => {
		forwardWithNat(path(), "IPv4", SYN);
		path().ingress(onLeg("client to VIP", "IPv4", tcpOn("client to VIP", { flags: "R" })));
		const again = { flags: "S", sequence: 8 };
		const elsewhere = packet(
			ethernet(),
			ip({ from: CLIENT.IPv4, to: "10.20.1.9" }),
			tcp({ from: 40000, to: 8080, ...again }),
		);
		const before = onLeg("client to VIP", "IPv4", tcpOn("client to VIP", again));
		path().ingress(before);
		expect(await endpointsOf(path())).toEqual(["unknown"]);
		forward(path(), before, elsewhere);
		expect(await endpointsOf(path())).toEqual(["10.20.1.9"]);
		expect(pairsOf(await path().read())).toMatchObject([
			{ endpoint: expect.any(String), packets: 2 },
			{ endpoint: expect.any(String), packets: 2 },
		]);
	});
});

describeInKernel("what is not the same packet", () => {
	const path = withTestPath();
	const before = onLeg("client to VIP", "IPv4", ...SYN("client to VIP"));
	const ports = { from: 40000, to: 8080 };
	const between = addressesOf("to endpoint", "IPv4");

	test.each([
		{
			what: "came from this machine itself",
			after: packet(ethernet(), ip(between), ...SYN("to endpoint")),
			from: 0,
		},
		{ what: "is longer", after: packet(ethernet(), ip(between), ...SYN("to endpoint"), bytes(1)), from: 1 },
		{
			what: "has another sequence number",
			after: packet(ethernet(), ip(between), tcp({ ...ports, sequence: 8 })),
			from: 1,
		},
		{
			what: "is of another protocol",
			after: packet(ethernet(), ip(between), sctpOn("to endpoint", { chunk: "DATA", tag: 7 }), bytes(4)),
			from: 1,
		},
	])("$what", async ({ after, from }) => {
		path().ingress(before);
		path().egress(after, { ingress_ifindex: from });
		expect(await endpointsOf(path())).toEqual(["unknown"]);
	});

	test("came in by a bridge, which puts its own number there, is the same", async () => {
		path().ingress(before);
		path().egress(onLeg("to endpoint", "IPv4", ...SYN("to endpoint")), { ingress_ifindex: 99 });
		expect(await endpointsOf(path())).toEqual([ENDPOINT.IPv4]);
	});

	test("comes later than any packet is on its way", async () => {
		path().ingress(before);
		await sleep(100);
		path().egress(onLeg("to endpoint", "IPv4", ...SYN("to endpoint")), { ingress_ifindex: CAME_IN_BY });
		expect(await endpointsOf(path())).toEqual(["unknown"]);
	});

	test("comes second", async () => {
		forwardWithNat(path(), "IPv4", SYN);
		const elsewhere = { from: CLIENT.IPv4, to: "10.20.1.9" };
		path().egress(packet(ethernet(), ip(elsewhere), ...SYN("to endpoint")), { ingress_ifindex: CAME_IN_BY });
		expect(await endpointsOf(path())).toEqual([ENDPOINT.IPv4]);
	});
});

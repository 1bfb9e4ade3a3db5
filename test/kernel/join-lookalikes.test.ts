/** Packets that only look like the one that came in, or like a client's, and must not deceive the join. */
import { expect, test } from "vitest";
import { describeInKernel } from "./as-root.ts";
import { CLIENT, ENDPOINT, onLeg, tcpOn, VIP } from "./cast.ts";
import { CAME_IN_BY, forward, forwardWithNat } from "./forward.ts";
import { ip, ipv4 } from "./packets/ip.ts";
import { bytes, ethernet, packet } from "./packets/packet.ts";
import { tcp, udp } from "./packets/transport.ts";
import { endpointsOf, pairsOf, requestsOf } from "./seen.ts";
import { withTestPath } from "./test-path.ts";

const OTHER_ENDPOINT = "10.20.1.3";
const SYN = { flags: "S", sequence: 7 };

describeInKernel("the join is not deceived", () => {
	const path = withTestPath();

	test("by a mirrored copy that leaves first", async () => {
		const before = onLeg("client to VIP", "IPv4", tcpOn("client to VIP", SYN));
		forward(path(), before, before);
		path().egress(onLeg("to endpoint", "IPv4", tcpOn("to endpoint", SYN)), { ingress_ifindex: CAME_IN_BY });
		expect(await endpointsOf(path())).toEqual([ENDPOINT.IPv4]);
	});

	test("by a fragment of others with the same identification", async () => {
		const firstOf = (from: string, to: string, port: number, length: number) =>
			packet(
				ethernet(),
				ipv4({ from, to, fragment: { id: 7, more: true } }),
				udp({ from: 9, to: port, length }),
				bytes(1400),
			);
		forward(path(), firstOf(CLIENT.IPv4, VIP.IPv4, 80, 3008), firstOf("10.7.7.7", "10.8.8.8", 99, 2008));
		expect(await endpointsOf(path())).toEqual(["unknown"]);
	});

	test("by the first try of a handshake whose second one goes elsewhere", async () => {
		forwardWithNat(path(), "IPv4", (leg) => [tcpOn(leg, SYN)]);
		const again = packet(
			ethernet(),
			ip({ from: CLIENT.IPv4, to: OTHER_ENDPOINT }),
			tcp({ from: 40000, to: 8080, ...SYN }),
		);
		forward(path(), onLeg("client to VIP", "IPv4", tcpOn("client to VIP", SYN)), again);
		expect(await endpointsOf(path())).toEqual([OTHER_ENDPOINT]);
		expect(pairsOf(await path().read()).map(({ endpoint, packets }) => [endpoint, packets])).toEqual(
			expect.arrayContaining([
				[ENDPOINT.IPv4, 1],
				[OTHER_ENDPOINT, 1],
			]),
		);
	});
});

/** Masquerade behind the VIP that keeps a client's port, which is the port of the service: NTP, GTP-U, SIP. */
describeInKernel("the way from the VIP to the endpoint", () => {
	const path = withTestPath();
	const PORTS = { client: { from: 80, to: 80 }, out: { from: 80, to: 8080 }, back: { from: 8080, to: 80 } };
	const frame = (from: string, to: string, ports: { from: number; to: number }, flags: string) =>
		packet(ethernet(), ip({ from, to }), tcp({ ...ports, flags, sequence: 7 }));

	test("is no second flow, in neither direction", async () => {
		forward(
			path(),
			frame(CLIENT.IPv4, VIP.IPv4, PORTS.client, "S"),
			frame(VIP.IPv4, ENDPOINT.IPv4, PORTS.out, "S"),
		);
		path().ingress(frame(ENDPOINT.IPv4, VIP.IPv4, PORTS.back, "SA"));
		path().egress(frame(VIP.IPv4, CLIENT.IPv4, PORTS.client, "SA"));
		path().ingress(frame(CLIENT.IPv4, VIP.IPv4, PORTS.client, "A"));
		path().egress(frame(VIP.IPv4, ENDPOINT.IPv4, PORTS.out, "A"), { ingress_ifindex: CAME_IN_BY });
		const reading = await path().read();
		expect(pairsOf(reading)).toEqual([
			{ service: "tcp IPv4", client: CLIENT.IPv4, endpoint: ENDPOINT.IPv4, packets: 3, bytes: 120 },
		]);
		expect(requestsOf(reading)).toBe(1);
		expect(reading.flows).toEqual({ active: { tcp: 1, udp: 0, sctp: 0 }, inactive: 0 });
	});
});

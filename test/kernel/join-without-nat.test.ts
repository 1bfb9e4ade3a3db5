/** The same-packet join where the VIP stays in the packet: direct routing and tunnels. */
import { expect, test } from "vitest";
import { PROTOCOLS } from "../../src/model/service.ts";
import { describeInKernel } from "./as-root.ts";
import { CLIENT, ENDPOINT, FAMILIES, ordinaryPacket } from "./cast.ts";
import { forward } from "./forward.ts";
import { ip } from "./packets/ip.ts";
import { ENDPOINT_MAC, ethernet, packet } from "./packets/packet.ts";
import { endpointsOf, pairsOf } from "./seen.ts";
import { withTestPath } from "./test-path.ts";

const LB = { IPv4: "10.20.1.1", IPv6: "fd00:20:1::1" } as const;

const EACH = FAMILIES.flatMap((family) => PROTOCOLS.map((protocol) => ({ family, protocol })));

describeInKernel("direct routing", () => {
	const path = withTestPath();

	test.each(EACH)("tells the Ethernet address: $protocol over $family", async ({ family, protocol }) => {
		const before = ordinaryPacket("client to VIP", family, protocol);
		const after = Buffer.concat([
			packet(ethernet({ destination: ENDPOINT_MAC })).subarray(0, 12),
			before.subarray(12),
		]);
		forward(path(), before, after);
		expect(await endpointsOf(path())).toEqual([ENDPOINT_MAC]);
		expect(pairsOf(await path().read())).toMatchObject([
			{ client: CLIENT[family], endpoint: ENDPOINT_MAC, packets: 1 },
		]);
	});

	test("of UDP is looked at again, for the flow may outlive what the load balancer knows of it", async () => {
		const before = ordinaryPacket("client to VIP", "IPv4", "udp");
		const to = (mac: string) =>
			Buffer.concat([packet(ethernet({ destination: mac })).subarray(0, 12), before.subarray(12)]);
		forward(path(), before, to(ENDPOINT_MAC));
		const other = "02:00:00:00:00:e2";
		await expect
			.poll(
				async () => {
					forward(path(), before, to(other));
					return endpointsOf(path());
				},
				{ interval: 100, timeout: 5000 },
			)
			.toEqual([other]);
		path().ingress(before);
		const pairs = pairsOf(await path().read());
		expect(pairs.map(({ endpoint }) => endpoint).sort()).toEqual([ENDPOINT_MAC, other]);
	});
});

describeInKernel("a tunnel", () => {
	const path = withTestPath();

	test.each(EACH)("tells its far end: $protocol over $family in the same", async ({ family, protocol }) => {
		const before = ordinaryPacket("client to VIP", family, protocol);
		const outer = ip({ from: LB[family], to: ENDPOINT[family] });
		const inner = () => ({ ethertype: 0, protocol: family === "IPv4" ? 4 : 41, bytes: before.subarray(14) });
		forward(path(), before, packet(ethernet(), outer, inner));
		expect(await endpointsOf(path())).toEqual([ENDPOINT[family]]);
	});

	test("carries IPv6 over IPv4", async () => {
		const before = ordinaryPacket("client to VIP", "IPv6", "tcp");
		const outer = ip({ from: LB.IPv4, to: ENDPOINT.IPv4 });
		const inner = () => ({ ethertype: 0, protocol: 41, bytes: before.subarray(14) });
		forward(path(), before, packet(ethernet(), outer, inner));
		expect(await endpointsOf(path())).toEqual([ENDPOINT.IPv4]);
	});

	test.each([
		{ what: "nothing", size: 0 },
		{ what: "half a header", size: 10 },
		{ what: "a header without ports", size: 22 },
	])("that carries $what tells nothing", async ({ size }) => {
		const before = ordinaryPacket("client to VIP", "IPv4", "tcp");
		const inner = () => ({ ethertype: 0, protocol: 4, bytes: before.subarray(14, 14 + size) });
		forward(path(), before, packet(ethernet(), ip({ from: LB.IPv4, to: ENDPOINT.IPv4 }), inner));
		expect(await endpointsOf(path())).toEqual(["unknown"]);
	});
});

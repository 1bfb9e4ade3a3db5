/** Pairs that leave: every count is in the pair, in the ledger or in others, and in one of them only. */
import { expect, test } from "vitest";
import { describeInKernel } from "./as-root.ts";
import { CLIENT, ordinaryPacket, SERVICE_PORT, VIP } from "./cast.ts";
import { forward } from "./forward.ts";
import { ip } from "./packets/ip.ts";
import { bytes, ethernet, packet } from "./packets/packet.ts";
import { tcp } from "./packets/transport.ts";
import { pairsOf, trafficOf } from "./seen.ts";
import { type TestPath, type TestReading, withTestPath } from "./test-path.ts";

const LABEL = "tcp IPv4";
const [ONE, TWO] = ["10.20.1.2", "10.20.1.3"];

/** 100 bytes from the client through the load balancer to the endpoint. */
function send(path: TestPath, client: string, endpoint: string, port = 1000): void {
	const layers = (to: number) => [tcp({ from: port, to, flags: "A" }), bytes(60)];
	forward(
		path,
		packet(ethernet(), ip({ from: client, to: VIP.IPv4 }), ...layers(SERVICE_PORT)),
		packet(ethernet(), ip({ from: client, to: endpoint }), ...layers(8080)),
	);
}

function everyone(): boolean {
	return true;
}

describeInKernel("a pair that is released", () => {
	const path = withTestPath();

	test("is on the page until the next poll, and then no more", async () => {
		send(path(), CLIENT.IPv4, ONE);
		await path().read();
		await path().release(everyone);
		const reading = await path().read();
		expect(pairsOf(reading)).toEqual([]);
		expect(trafficOf(reading)).toEqual({ [LABEL]: { packets: 1, bytes: 100 } });
		expect(path().table.sums().slots[0]).toMatchObject({
			live: { packets: 0, bytes: 0 },
			retired: {
				pair: { packets: 1, bytes: 100 },
				client: { packets: 1, bytes: 100 },
			},
		});
	});

	test("is in the ledger at once, though that was known to be empty", async () => {
		send(path(), CLIENT.IPv4, ONE);
		const ledgerOf = ({ maps }: TestReading) => maps.find(({ map }) => map === "ledger")?.entries;
		expect([ledgerOf(await path().read()), ledgerOf(await path().read())]).toEqual([0, 0]);
		await path().release(everyone);
		expect(ledgerOf(await path().read())).toBe((await path().rowsOf("ledger")).length);
		expect(path().table.sums().slots[0]?.retired.pair).toEqual({ packets: 1, bytes: 100 });
	});

	test("takes nothing from its client and its endpoint while these have other pairs", async () => {
		send(path(), CLIENT.IPv4, ONE, 1000);
		send(path(), CLIENT.IPv4, TWO, 1001);
		await path().read();
		await path().release(({ endpoint }) => endpoint === ONE);
		await path().read();
		const { slots, endpoints } = path().table.sums();
		expect(slots[0]?.retired).toEqual({
			pair: { packets: 1, bytes: 100 },
			client: { packets: 0, bytes: 0 },
			endpoint: { packets: 0, bytes: 0 },
		});
		// The one that is gone is configured.
		expect(endpoints.get(LABEL)?.get(ONE)).toEqual({ packets: 1, bytes: 100 });
		expect(await path().rowsOf("ledger")).toContainEqual(
			expect.objectContaining({ level: "kept_client", client: CLIENT.IPv4, packets: 1, bytes: 100 }),
		);
	});

	test("leaves what comes between to others, by endpoint", async () => {
		send(path(), CLIENT.IPv4, ONE);
		await path().read();
		await path().release(everyone);
		send(path(), CLIENT.IPv4, ONE);
		expect(pairsOf(await path().read())).toEqual([
			{ service: LABEL, client: "other", endpoint: ONE, packets: 1, bytes: 100 },
		]);
	});

	test("comes back as a new one", async () => {
		send(path(), CLIENT.IPv4, ONE);
		await path().read();
		await path().release(everyone);
		await path().read();
		send(path(), CLIENT.IPv4, ONE);
		expect(pairsOf(await path().read())).toEqual([
			{ service: LABEL, client: CLIENT.IPv4, endpoint: ONE, packets: 1, bytes: 100 },
		]);
	});

	test("counts as an eviction when it is gone, once though it is asked for twice", async () => {
		send(path(), CLIENT.IPv4, ONE);
		await path().read();
		await path().release(everyone);
		await path().release(everyone);
		expect((await path().read()).evictedPairs).toEqual([
			{ name: "idle", count: 1 },
			{ name: "crowded", count: 0 },
		]);
	});
});

describeInKernel("pairs that are released under load", () => {
	const path = withTestPath({ anyCpu: true });

	test("lose no packet", async () => {
		const frame = ordinaryPacket("client to VIP", "IPv4", "tcp", 60);
		let isOver = false;
		const load = path()
			.ingressAside(frame, 2_000_000)
			.then(() => (isOver = true));
		while (!isOver) {
			await path().read();
			await path().release(everyone);
		}
		await load;
		await path().read();
		const { services } = await path().read();
		const { slots } = path().table.sums();
		const waiting = (await path().rowsOf("flows")).reduce(
			(sum, flow) => sum + Number(flow.pendingPackets),
			0,
		);
		const slot = slots[0];
		expect(waiting + (slot?.live.packets ?? 0) + (slot?.retired.pair.packets ?? 0)).toBe(2_000_000);
		expect(services[0]?.packets).toBe(2_000_000);
	});
});

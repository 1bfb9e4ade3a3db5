/** Tables that hold nothing are not walked, and from their first row on they are. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { describeInKernel } from "./as-root.ts";
import { CLIENT, ENDPOINT, type Leg, onLeg, tcpOn, udpOn, VIP } from "./cast.ts";
import { forwardWithNat } from "./forward.ts";
import { ip } from "./packets/ip.ts";
import { ethernet, packet } from "./packets/packet.ts";
import { PAST_LIMIT_MS, withQuickPath } from "./quick-path.ts";
import { pairsOf, trafficOf } from "./seen.ts";
import { type TestPath, type TestReading, withTestPath } from "./test-path.ts";

/** Of a connection that was there before: it is forgotten soon. */
const SEGMENT = (leg: Leg) => [tcpOn(leg, { flags: "A" })];
const BYTES = 40;

function rowsWalked({ maps }: TestReading, wanted: string): number | undefined {
	return maps.find(({ map }) => map === wanted)?.entries;
}

function sendSyns(path: TestPath, clients: number): void {
	for (let i = 0; i < clients; i++) {
		const addresses = { from: `10.66.0.${i}`, to: VIP.IPv4 };
		path.ingress(packet(ethernet(), ip(addresses), tcpOn("client to VIP", { flags: "S" })));
	}
}

describeInKernel("the flow table", () => {
	const path = withQuickPath();

	test("is not walked as long as the kernel has counted no row of it", async () => {
		path().ingress(onLeg("client to VIP", "IPv4", udpOn("client to VIP")));
		await path().setFlowRoom({ rows: 0 });
		expect(rowsWalked(await path().read(), "flows")).toBe(0);
		expect(await path().rowsOf("flows")).toHaveLength(1);
		path().ingress(onLeg("client to VIP", "IPv6", udpOn("client to VIP")));
		expect(rowsWalked(await path().read(), "flows")).toBe(2);
	});

	test("is walked at the very next poll when a flow comes after quiet ones, again and again", async () => {
		for (let time = 1; time <= 3; time++) {
			await path().read();
			forwardWithNat(path(), "IPv4", SEGMENT);
			const busy = await path().read();
			const traffic = { packets: time, bytes: time * BYTES };
			expect(trafficOf(busy)).toEqual({ "tcp IPv4": traffic });
			expect(pairsOf(busy)).toEqual([
				{ service: "tcp IPv4", client: CLIENT.IPv4, endpoint: ENDPOINT.IPv4, ...traffic },
			]);
			await sleep(PAST_LIMIT_MS);
			// Two walks take it away.
			await path().read();
			await path().read();
			expect(await path().flowRoom()).toEqual({ rows: 0, embryos: 0 });
		}
	});
});

describeInKernel("the table of connections without room", () => {
	const path = withTestPath({ flows: 16 });

	test("is not walked before the kernel has put one there", async () => {
		sendSyns(path(), 20);
		expect(rowsWalked(await path().read(), "unplaced")).toBe(12);
		await path().setFlowRoom({ last_unplaced: 0 });
		expect(rowsWalked(await path().read(), "unplaced")).toBe(0);
		sendSyns(path(), 21);
		expect(rowsWalked(await path().read(), "unplaced")).toBe(13);
	});
});

/**
 * Several CPUs on one flow: no packet is lost. That they do not count one transition twice is left to real traffic: two
 * test runs cannot be made to meet in the few nanoseconds of a transition.
 */
import { expect, test } from "vitest";
import { describeInKernel } from "./as-root.ts";
import { ordinaryPacket } from "./cast.ts";
import { trafficOf } from "./seen.ts";
import { withTestPath } from "./test-path.ts";

const TIMES = 200_000;

describeInKernel("several CPUs at once", () => {
	const path = withTestPath({ anyCpu: true });

	test("count every packet of one flow, in the service and in the flow", async () => {
		await Promise.all([
			path().ingressAside(ordinaryPacket("client to VIP", "IPv4", "tcp", 60), TIMES),
			path().egressAside(ordinaryPacket("VIP to client", "IPv4", "tcp", 60), TIMES),
		]);
		const pending = { pendingPackets: 2 * TIMES, pendingBytes: 200 * TIMES };
		expect(await path().rowsOf("flows")).toMatchObject([pending]);
		expect(trafficOf(await path().read())).toEqual({
			"tcp IPv4": { packets: 2 * TIMES, bytes: 200 * TIMES },
		});
	});
});

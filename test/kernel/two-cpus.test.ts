/** Several CPUs on one flow: no packet is lost, and no transition is counted twice. */
import { expect, test } from "vitest";
import { describeInKernel } from "./as-root.ts";
import { onLeg, ordinaryPacket, tcpOn } from "./cast.ts";
import { errorsOf, requestsOf, trafficOf } from "./seen.ts";
import { withTestPath } from "./test-path.ts";

const TIMES = 200_000;

function tcpWith(flags: string, sequence: number): Buffer {
	return onLeg("client to VIP", "IPv4", tcpOn("client to VIP", { flags, sequence }));
}

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

	/** Each SYN that opens the flow anew raises its generation, and only a refusal lets the next one open it. */
	test("agree on who opened a flow and who ended it", async () => {
		await Promise.all([
			path().ingressAside(tcpWith("R", 3), TIMES),
			path().ingressAside(tcpWith("S", 1), TIMES),
			path().ingressAside(tcpWith("S", 2), TIMES),
		]);
		const [flow] = await path().rowsOf("flows");
		const reading = await path().read();
		const requests = requestsOf(reading);
		expect(requests).toBeGreaterThan(1);
		expect(requests % 256).toBe(flow?.generation);
		expect(errorsOf(reading)).toHaveLength(flow?.state === "opening" ? requests - 1 : requests);
	});
});

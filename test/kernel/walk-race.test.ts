/** A walk takes time, and packets go on meanwhile. */
import { expect, test } from "vitest";
import { describeInKernel } from "./as-root.ts";
import { onLeg, tcpOn, udpOn } from "./cast.ts";
import { errorsOf, pairsOf, requestsOf } from "./seen.ts";
import { type TestPath, withTestPath } from "./test-path.ts";

const FLOWS = 60_000;
const IPV4_SOURCE = 14 + 12;

/** One flow for each client address; the packet is used again, to be quick. */
function sendFrom(path: TestPath, packet: Buffer, clients: number): void {
	for (let i = 0; i < clients; i++) {
		packet.writeUInt32BE(0x0a000000 + i, IPV4_SOURCE);
		path.ingress(packet);
	}
}

describeInKernel("flows that begin during a walk", () => {
	const path = withTestPath({ flows: 4 * FLOWS, pairs: 16, anyCpu: true });

	test("are younger than it: neither timed out nor given up as unknown", async () => {
		await path().read();
		sendFrom(path(), onLeg("client to VIP", "IPv4", udpOn("client to VIP")), FLOWS);
		const reading = path().read();
		sendFrom(path(), onLeg("client to VIP", "IPv4", tcpOn("client to VIP", { flags: "S" })), FLOWS);
		expect(pairsOf(await reading).filter(({ service }) => service === "tcp IPv4")).toEqual([]);
		const after = await path().read();
		expect(requestsOf(after)).toBe(2 * FLOWS);
		expect(errorsOf(after)).toEqual([]);
	});
});

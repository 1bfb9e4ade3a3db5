/** Clients folded into prefixes. */
import { expect, test } from "vitest";
import { describeInKernel } from "./as-root.ts";
import { SERVICE_PORT, VIP } from "./cast.ts";
import { ip } from "./packets/ip.ts";
import { ethernet, packet } from "./packets/packet.ts";
import { udp } from "./packets/transport.ts";
import { pairsOf } from "./seen.ts";
import { type TestPath, withTestPath } from "./test-path.ts";

function sendFrom(path: TestPath, family: "IPv4" | "IPv6", client: string): void {
	const layers = [ip({ from: client, to: VIP[family] }), udp({ from: 1000, to: SERVICE_PORT })];
	path.ingress(packet(ethernet(), ...layers));
}

describeInKernel("clients of a /20 and a /56", () => {
	const path = withTestPath({ clientPrefix: { ipv4: 20, ipv6: 56 } });

	test("share a pair, which is named after their prefix", async () => {
		for (const client of ["10.1.16.1", "10.1.31.255", "10.1.32.0"]) sendFrom(path(), "IPv4", client);
		for (const client of ["fd00:1:2:300::1", "fd00:1:2:3ff::9", "fd00:1:2:400::"])
			sendFrom(path(), "IPv6", client);
		await path().read();
		await new Promise((resolve) => setTimeout(resolve, 1200));
		const pairs = pairsOf(await path().read());
		expect(pairs.map(({ client, packets }) => `${client} ${packets}`).sort()).toEqual([
			"10.1.16.0/20 2",
			"10.1.32.0/20 1",
			"fd00:1:2:300::/56 2",
			"fd00:1:2:400::/56 1",
		]);
	});
});

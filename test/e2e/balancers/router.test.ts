/** No load balancer at all: a router on the way to servers, whose own addresses are the services. */
import { beforeAll, test } from "vitest";
import type { Lab } from "../../../scripts/lab/lab.ts";
import { inNetns, run } from "../../../scripts/lab/run.ts";
import type { Service } from "../../../src/model/service.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { calmTcp } from "../calm-tcp.ts";
import { withExporter } from "../with-exporter.ts";
import { ANSWERING_SERVICES, exchangeWith, expectCounted } from "./exchanges.ts";

describeAsRoot("router: no translation", 30_000, () => {
	const lab = withLab({ prefix: "xrouter", services: ANSWERING_SERVICES });
	beforeAll(async () => {
		await calmTcp(lab());
		await run(inNetns(lab().balancer.netns, ["nft", "flush", "ruleset"]));
	});
	const exporter = withExporter(lab, () => ({
		services: serversOf(lab()).map(({ label, ...service }) => ({ name: label, ...service })),
	}));

	test("every byte is the server's that the client asked", async () => {
		const seen = await exchangeWith(lab(), exporter(), serversOf(lab()), 20);
		expectCounted(seen, ({ service }) => service.vip);
	});
});

/** One endpoint of each service, asked without the detour of a VIP. */
function serversOf(lab: Lab): Service[] {
	return lab.services.map((service, i) => {
		const endpoint = service.endpoints[i % 3] ?? { address: "", port: 0 };
		return { ...service, vip: endpoint.address, port: endpoint.port, endpoints: [endpoint] };
	});
}

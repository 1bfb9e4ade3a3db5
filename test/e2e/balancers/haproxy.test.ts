/** A proxy has connections of its own to the endpoints: those of its clients are a service's, who serves them is not seen. */
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { interfaceCounters } from "../../../scripts/lab/counters.ts";
import { inNetns, run } from "../../../scripts/lab/run.ts";
import { converse } from "../../../scripts/lab/traffic.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { calmTcp } from "../calm-tcp.ts";
import { observe } from "../truth.ts";
import { withExporter } from "../with-exporter.ts";
import { exchangeWith, expectCounted, settled } from "./exchanges.ts";

const CONFIG = fileURLToPath(new URL("haproxy.cfg", import.meta.url));
const COUNT = 20;

describeAsRoot("HAProxy: TCP mode", 30_000, () => {
	const lab = withLab({ prefix: "xhaproxy" });
	beforeAll(async () => {
		await calmTcp(lab());
		await run(inNetns(lab().balancer.netns, ["nft", "flush", "ruleset"]));
		lab().spawn(lab().balancer.netns, ["haproxy", "-db", "-f", CONFIG], { timeoutMs: 0 });
		await untilListening(lab().balancer.netns);
	});
	const exporter = withExporter(lab);

	test("its clients' connections are counted to the byte, at an unknown endpoint", async () => {
		const before = await endpointWire();
		const services = [lab().service("web"), lab().service("web-v6")];
		const seen = await exchangeWith(lab(), exporter(), services, COUNT);
		expectCounted(seen, () => "unknown");
		// Its own connections carried as much payload again, and are no traffic of a service.
		expect((await endpointWire()) - before).toBeGreaterThan(2 * COUNT * (1200 + 1300));
	});

	test("an endpoint that refuses it is seen as what the client gets of that: its connection is closed", async () => {
		const service = "refused";
		const { grown } = await observe(lab(), settled(exporter()), async () => {
			const rows = await converse(lab(), { service: lab().service(service), count: COUNT });
			const refused = rows.filter(({ outcome }) => outcome === "refused");
			expect(refused).toEqual([]);
		});
		expect(grown("total_requests_per_service", { service })).toBe(COUNT);
		// HAProxy closes, and its kernel resets where the client's request came too late to be read.
		const resets = grown("lbscope_flow_errors_total", { service, reason: "reset", origin: "endpoint" });
		expect(grown("lbscope_flow_errors_total", { service })).toBe(resets);
	});

	async function endpointWire(): Promise<number> {
		const ports = lab().endpoints.map(({ port }) => interfaceCounters(lab().balancer.netns, port));
		return (await Promise.all(ports)).reduce((bytes, { txBytes, rxBytes }) => bytes + txBytes + rxBytes, 0);
	}
});

/** On all four addresses and ports at once: it binds them before it accepts. */
async function untilListening(netns: string): Promise<void> {
	const argv = inNetns(netns, ["ss", "-Hltn", "sport = :80 or sport = :81"]);
	for (let attempt = 0; attempt < 500; attempt++) {
		if ((await run(argv)).trim().split("\n").length === 4) return;
		await sleep(20);
	}
	throw new Error("Cannot start HAProxy: it does not listen");
}

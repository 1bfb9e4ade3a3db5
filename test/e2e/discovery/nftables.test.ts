/** Services of a real load balancer, found while they come, change and go. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { converse, startTraffic } from "../../../scripts/lab/traffic.ts";
import { defaultLabel, type Service } from "../../../src/model/service.ts";
import { describeAsRoot } from "../../lab/as-root.ts";
import { withLab } from "../../lab/with-lab.ts";
import { expectIdentities } from "../identities.ts";
import type { Page } from "../page.ts";
import { expectNoneDown } from "../restart/counters.ts";
import { clientWire } from "../truth.ts";
import { withExporter } from "../with-exporter.ts";
import { balance, endpointsOn, namesOf, servicesOn, webService } from "./balancer.ts";

/** A service comes, loses an endpoint, goes: three changes each. */
const ROUNDS = 17;
const PORTS = 4;
const SECONDS = 90;

describeAsRoot("discovery beside nftables", 150_000, () => {
	const lab = withLab({ prefix: "dnft", clients: 2 });
	const exporter = withExporter(lab, () => ({
		services: [],
		poll: { interval: "200ms" },
		discovery: { nftables: { netns: lab().balancer.path, interval: "100ms" } },
	}));

	test("finds every service with its endpoints", async () => {
		const page = await exporter().nextPage();
		expect(servicesOn(page)).toEqual(namesOf(lab().services));
		expect(page.value("lb_rule_count")).toBe(lab().services.length);
		for (const { vip, port, protocol, endpoints } of lab().services) {
			const addresses = endpoints.map(({ address }) => address).sort();
			expect(endpointsOn(page, defaultLabel(vip, port, protocol))).toEqual(addresses);
		}
		const source = { source: "nftables" };
		expect(page.value("lbscope_discovery_services", source)).toBe(lab().services.length);
		expect(page.value("lbscope_discovery_errors_total", source)).toBe(0);
		expect(exporter().log()).toContain('event="services found" source=nftables services=22');
	});

	test("loses no packet, byte or count over fifty changes", async () => {
		const steady = { service: lab().service("web"), client: 2, rate: 20, responseBytes: 2000 } as const;
		const wireBefore = await clientWire(lab());
		const running = startTraffic(lab(), { ...steady, count: 20 * SECONDS, withinMs: 140_000 });
		let last = await exporter().nextPage();
		for (let round = 0; round < ROUNDS; round++) last = await comeChangeAndGo(round, last);
		await running.stop();
		// Its last connections end.
		await sleep(1000);
		const wireAfter = await clientWire(lab());
		const page = await exporter().pageWhere((each) => each.sum("lbscope_unattributed_bytes") === 0);
		expectNoneDown(page, last);
		expect({
			packets: page.value("processed_packets_total"),
			bytes: page.value("processed_bytes_total"),
		}).toEqual({
			packets: wireAfter.packets - wireBefore.packets,
			bytes: wireAfter.bytes - wireBefore.bytes,
		});
		expect(servicesOn(page)).toEqual(namesOf(lab().services));
	});

	async function comeChangeAndGo(round: number, before: Page): Promise<Page> {
		const port = 9000 + (round % PORTS);
		const whole = webService(`churn${port}`, port, [1, 2, 3]);
		const label = `${whole.vip}:${port}`;
		const pages = [before];
		await balanceWith(whole);
		pages.push(await exporter().pageWhere((page) => endpointsOn(page, label).length === 3));
		// Answered, and open until the service is gone.
		const held = startTraffic(lab(), { service: whole, holdSeconds: 1.5 });
		await converse(lab(), { service: whole, count: 4 });
		await balanceWith(webService(whole.label, port, [1, 2]));
		pages.push(await exporter().nextPage());
		await converse(lab(), { service: whole, count: 4 });
		await balanceWith();
		const isGone = (page: Page) => !servicesOn(page).includes(namesOf([whole])[0] ?? "");
		pages.push(await exporter().pageWhere(isGone));
		expect((await held.ended).stdout).toContain('"outcome": "ok"');
		for (const [i, page] of pages.slice(1).entries()) {
			expectIdentities(page);
			expectNoneDown(page, pages[i] as Page);
		}
		const requests = (pages.at(-1) as Page).value("total_requests_per_service", { service: label });
		expect(requests).toBe(9 * (1 + Math.floor(round / PORTS)));
		return pages.at(-1) as Page;
	}

	async function balanceWith(...more: readonly Service[]): Promise<void> {
		await balance(lab(), [...lab().services, ...more]);
	}
});

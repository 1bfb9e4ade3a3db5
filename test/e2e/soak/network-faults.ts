/** What happens around the exporter: links, endpoints and sources come and go. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { converse, startTraffic } from "../../../scripts/lab/traffic.ts";
import { type Exporter, pollsOf } from "../exporter.ts";
import type { Page } from "../page.ts";
import { FLAPPING_DIP } from "./ground.ts";
import { requestsOf, type Scene } from "./scene.ts";

/** Quiet on this link, but with open connections, which go on when it is back. */
export async function cutLink({ ground: { lab }, watched, wire, conversed }: Scene): Promise<string> {
	const label = `${lab.balancer.netns}/client2`;
	const state = (page: Page) => page.value("lbscope_interface_attached", { interface: label });
	const before = await watched.now().nextPage();
	const open = {
		service: lab.service("flapping"),
		client: 2,
		count: 3,
		concurrency: 3,
		holdSeconds: 6,
	} as const;
	const connections = startTraffic(lab, open);
	await quietOf(watched.now(), "flapping", requestsOf(before, "flapping") + open.count);
	await wire.leaves("client2");
	await lab.cutLink("client2");
	await watched.now().pageWhere((page) => state(page) === 0);
	const madeMs = performance.now();
	await lab.mendLink("client2");
	await watched.now().pageWhere((page) => state(page) === 1);
	const tookMs = performance.now() - madeMs;
	await wire.returns("client2");
	const { code } = await connections.ended;
	expect(code).toBe(0);
	conversed("flapping", open.count);
	return `attached again ${tookMs.toFixed(0)} ms after it was made`;
}

/** The service has this many requests, and a poll passed in which it had no packet. */
async function quietOf(exporter: Exporter, service: string, requests: number): Promise<void> {
	let before = -1;
	let polls = 0;
	await exporter.pageWhere((page) => {
		if (pollsOf(page) === polls) return false;
		polls = pollsOf(page);
		const packets = page.value("service_traffic_packets", { service });
		const isQuiet = packets === before;
		before = packets;
		return isQuiet && requestsOf(page, service) === requests;
	});
}

const KILLS = [1, 2];

export async function flapEndpoint({ ground, watched, random, conversed }: Scene): Promise<string> {
	let server = await ground.startServer();
	await watched.now().pageWhere((page) => flappingHealth(page) === 1);
	const before = await watched.now().nextPage();
	const traffic = { service: ground.lab.service("flapping"), count: 60, rate: 20 };
	const conversing = converse(ground.lab, traffic);
	for (const _ of KILLS) {
		await sleep(random.between(0, 300));
		process.kill(server.pid, "SIGKILL");
		await server.ended;
		await watched.now().pageWhere((page) => flappingHealth(page) === 0);
		server = await ground.startServer();
		await watched.now().pageWhere((page) => flappingHealth(page) === 1);
	}
	const failed = (await conversing).filter(({ outcome }) => outcome !== "ok" && outcome !== "closed").length;
	conversed("flapping", traffic.count);
	const after = await watched.now().nextPage();
	await server.stop();
	const errors = errorsOf(after, "flapping") - errorsOf(before, "flapping");
	// Each kill may reset a connection whose client has its answer and takes it for done.
	expect(errors).toBeGreaterThanOrEqual(failed);
	expect(errors).toBeLessThanOrEqual(failed + KILLS.length);
	return `${failed} of ${traffic.count} conversations failed, ${errors} errors counted`;
}

function flappingHealth(page: Page): number | undefined {
	const found = page
		.series("lbscope_endpoint_healthy")
		.find(({ labels }) => labels.service === "flapping" && labels.dip === FLAPPING_DIP);
	return found?.value;
}

function errorsOf(page: Page, service: string): number {
	return page.value("total_errors_per_service", { service });
}

/** Its services are counted on, as it told of them last. */
export async function leaveSource({ ground: { rules }, watched, random }: Scene): Promise<string> {
	const errors = (page: Page) => page.value("lbscope_discovery_errors_total", { source: "loxilb" });
	const services = (page: Page) => page.value("lb_rule_count");
	const before = await watched.now().nextPage();
	await rules.leave();
	const without = await watched.now().pageWhere((page) => errors(page) >= errors(before) + 2);
	expect(services(without)).toBe(services(before));
	await sleep(random.between(0, 1000));
	await rules.back();
	const stamp = (page: Page) =>
		page.value("lbscope_discovery_last_success_timestamp_seconds", { source: "loxilb" });
	const back = await watched.now().pageWhere((page) => stamp(page) > stamp(without));
	expect(services(back)).toBe(services(before));
	return `${errors(back) - errors(before)} questions failed`;
}

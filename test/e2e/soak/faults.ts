/** What goes wrong in a soak, and how it is put right. */
import { writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { flood } from "../../../scripts/lab/flood.ts";
import { converse, startTraffic } from "../../../scripts/lab/traffic.ts";
import { type Exporter, pollsOf } from "../exporter.ts";
import { type Page, parsePage } from "../page.ts";
import { outcomeOf, rewrite } from "../reload/reloads.ts";
import { FLAPPING_DIP, type Ground } from "./ground.ts";
import type { Client } from "./load.ts";
import type { Random } from "./random.ts";
import type { WatchedExporter } from "./watched-exporter.ts";
import type { Wire } from "./wire.ts";

export interface Scene {
	readonly ground: Ground;
	readonly watched: WatchedExporter;
	readonly wire: Wire;
	readonly random: Random;
	/** How many faults there were before this one. */
	readonly turn: number;
	/** Conversations besides those of the load, for what is expected in the end. */
	conversed(service: string, count: number): void;
}

export interface Fault {
	readonly name: string;
	/** Whose traffic passes meanwhile. */
	readonly clients: readonly Client[];
	/** Log lines of level warn and error that it explains. */
	readonly explains?: RegExp;
	/** The exporter ends; such faults stand in no stretch in which one exporter is to live on. */
	readonly endsExporter?: true;
	/** Gives what was seen, for the log of the soak. */
	run(scene: Scene): Promise<string>;
	/** When the load has ended and its counts are right. */
	afterwards?(scene: Scene): Promise<void>;
}

const MOST_SYNS = 30_000;

/** How scrapes beyond the limit are refused. */
const TOO_MANY = /^Too many scrapes/;

export const FAULTS: readonly Fault[] = [
	{
		name: "interface deleted and made again",
		clients: [1],
		explains:
			/event="(interface gone|not attached)" interface=lbs-soak-lb.client2 reason="(it is gone|there is no such interface)"/,
		run: cutLink,
	},
	{ name: "exporter killed", clients: [1, 2], endsExporter: true, run: kill },
	{
		name: "configuration broken and repaired",
		clients: [1, 2],
		explains: /event="configuration not reloaded: the one before runs on"/,
		run: breakConfig,
	},
	{ name: "tables far too small", clients: [1, 2], run: shrinkTables },
	{ name: "SYN flood", clients: [1, 2], run: floodSyns },
	{ name: "clock set", clients: [1, 2], run: setClock },
	{ name: "endpoint flapping", clients: [1, 2], run: flapEndpoint },
	{ name: "100 scrapers at once", clients: [1, 2], run: scrape },
	{
		name: "source of services away",
		clients: [1, 2],
		explains: /event="services of loxilb may be out of date"/,
		run: leaveSource,
	},
	{
		name: "BPF file system unmounted",
		clients: [1, 2],
		endsExporter: true,
		run: unmount,
		afterwards: beginAnew,
	},
];

/** Quiet on this link, but with open connections, which go on when it is back. */
async function cutLink({ ground: { lab }, watched, wire, conversed }: Scene): Promise<string> {
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

async function kill({ ground, watched, random }: Scene): Promise<string> {
	const exporter = watched.now();
	watched.leaves();
	process.kill(exporter.pid, "SIGKILL");
	await exporter.stop();
	const awayMs = random.between(0, 2000);
	await sleep(awayMs);
	watched.follow(await ground.startExporter());
	return `nobody read for ${awayMs} ms and a start`;
}

/** By what the file says alone: lbscope watches it. */
async function breakConfig({ ground, watched, random }: Scene): Promise<string> {
	const exporter = watched.now();
	const { lab, configured } = ground;
	const wrong = random.pick(["listen: nowhere\n", "services: [\n", "limits: { flows: 12 }\n", "\u0000"]);
	const refusal = await outcomeOf(exporter, () => writeFile(exporter.config, wrong));
	expect(refusal).toContain("configuration not reloaded");
	const page = await exporter.nextPage();
	expect(page.value("lbscope_config_last_reload_successful")).toBe(0);
	const rules = [{ name: "all_tcp", action: "count", protocol: "tcp" }];
	for (const change of [{ firewall: { rules } }, { health: { enabled: false } }, {}]) {
		const outcome = await outcomeOf(exporter, () => rewrite(lab, exporter, configured, change));
		expect(outcome).toContain("configuration reloaded");
	}
	const after = await exporter.nextPage();
	expect(after.value("lbscope_config_last_reload_successful")).toBe(1);
	return JSON.stringify(wrong);
}

async function shrinkTables({ ground: { lab, configured }, watched }: Scene): Promise<string> {
	const exporter = watched.now();
	const limits = { flows: 64, pairs: 2 };
	await outcomeOf(exporter, () => rewrite(lab, exporter, configured, { limits }));
	const full = await exporter.nextPage();
	const overflowOf = (page: Page) => page.sum("lbscope_overflow_packets_total");
	await exporter.pageWhere((page) => overflowOf(page) > overflowOf(full));
	const last = await exporter.nextPage();
	expect(last.value("lbscope_map_entries", { map: "flows" })).toBeLessThanOrEqual(limits.flows);
	const outcome = await outcomeOf(exporter, () => rewrite(lab, exporter, configured, {}));
	expect(outcome).toContain("configuration reloaded");
	return `${overflowOf(last) - overflowOf(full)} packets found no room`;
}

/** At endpoints that do not answer: answers would go to nobody. */
async function floodSyns({ ground: { lab }, watched, random, turn, conversed }: Scene): Promise<string> {
	const count = random.between(10_000, MOST_SYNS);
	// Three million addresses later nobody remembers the first.
	const used = (turn % 100) * MOST_SYNS;
	await flood(lab, { service: lab.service("blackhole"), count, used, withinMs: 60_000 });
	conversed("blackhole", count);
	const page = await watched.now().nextPage();
	const most = page.value("lbscope_map_capacity_entries", { map: "flows" });
	expect(page.value("lbscope_map_entries", { map: "flows" })).toBeLessThanOrEqual(most);
	return `${count} packets, ${page.value("inactive_flow_count")} half-open flows known`;
}

async function setClock({ ground: { clock }, watched, random }: Scene): Promise<string> {
	const stamp = (page: Page) => page.value("lbscope_last_successful_poll_timestamp_seconds");
	const offsets = [random.between(3600, 400 * 86_400), -random.between(3600, 400 * 86_400), 0];
	for (const offset of offsets) {
		clock.set(offset);
		await watched.now().pageWhere((page) => Math.abs(stamp(page) - Date.now() / 1000 - offset) < 600);
	}
	return `by ${offsets[0]} s, by ${offsets[1]} s, back`;
}

async function flapEndpoint({ ground, watched, random, conversed }: Scene): Promise<string> {
	let server = await ground.startServer();
	await watched.now().pageWhere((page) => flappingHealth(page) === 1);
	const before = await watched.now().nextPage();
	const traffic = { service: ground.lab.service("flapping"), count: 60, rate: 20 };
	const conversing = converse(ground.lab, traffic);
	for (const _ of [1, 2]) {
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
	// Refused while half-open connections take all the room they may: requests, but no errors. See docs/reliability.md.
	if (isCrowded(before) || isCrowded(after)) expect(errors).toBeLessThanOrEqual(failed);
	else expect(errors).toBe(failed);
	return `${failed} of ${traffic.count} conversations failed, ${errors} errors counted`;
}

function flappingHealth(page: Page): number | undefined {
	const found = page
		.series("lbscope_endpoint_healthy")
		.find(({ labels }) => labels.service === "flapping" && labels.dip === FLAPPING_DIP);
	return found?.value;
}

/** After a SYN flood for a while: no room for the connections of a burst. */
function isCrowded(page: Page): boolean {
	const map = { map: "embryos" };
	return page.value("lbscope_map_entries", map) > page.value("lbscope_map_capacity_entries", map) - 200;
}

/** Those who find too many others there are told so, and come again. */
async function scrape({ watched }: Scene): Promise<string> {
	const { url } = watched.now();
	let refusals = 0;
	async function scrapeUntilServed(encoding: string): Promise<string> {
		for (let attempt = 0; attempt < 200; attempt++) {
			const headers = { "accept-encoding": encoding };
			const answer = await fetch(`${url}/metrics`, { headers, signal: AbortSignal.timeout(20_000) });
			const text = await answer.text();
			if (answer.status === 200) return text;
			expect([answer.status, text]).toEqual([503, expect.stringMatching(TOO_MANY)]);
			refusals++;
			await sleep(50);
		}
		throw new Error("Cannot scrape: 200 refusals, expected a page");
	}
	for (let round = 0; round < 3; round++) {
		const encodings = Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? "gzip" : "identity"));
		const texts = await Promise.all(encodings.map(scrapeUntilServed));
		for (const text of new Set(texts)) parsePage(text);
	}
	return `300 pages, and ${refusals} scrapers told to come again`;
}

/** Its services are counted on, as it told of them last. */
async function leaveSource({ ground: { rules }, watched, random }: Scene): Promise<string> {
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

/** Under an exporter that runs: its programs and maps live by its file descriptors. */
async function unmount({ ground: { bpffs }, random }: Scene): Promise<string> {
	await bpffs.unmount();
	await sleep(random.between(0, 1000));
	await bpffs.mount();
	return "the exporter that ran counted on; the next one begins anew";
}

/** With the exporter go its counts, as nothing pinned is left: the one cost that is to be seen. */
async function beginAnew({ ground, watched }: Scene): Promise<void> {
	const exporter = watched.now();
	watched.leaves();
	expect(await exporter.stop()).toBe(0);
	watched.follow(await ground.startExporter(), true);
	expect((await watched.now().nextPage()).value("processed_packets_total")).toBe(0);
}

function requestsOf(page: Page, service: string): number {
	return page.value("total_requests_per_service", { service });
}

function errorsOf(page: Page, service: string): number {
	return page.value("total_errors_per_service", { service });
}

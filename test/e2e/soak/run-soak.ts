/** The course of a soak: every fault once, then stretches in which one exporter lives through those that let it. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import type { Page } from "../page.ts";
import { expectLog } from "./expect-log.ts";
import { FAULTS } from "./faults.ts";
import { makeGround } from "./ground.ts";
import { startLoad } from "./load.ts";
import { randomOf } from "./random.ts";
import type { Fault, Scene } from "./scene.ts";
import { expectFlat } from "./use.ts";
import { watchExporter } from "./watched-exporter.ts";
import { watchWire } from "./wire.ts";

/** Of the traffic beside one fault; it may take longer. */
const BURST_SECONDS = 5;
/** One exporter, then all faults once more. */
const STRETCH_MS = 15 * 60_000;
/** Code is compiled and tables have their size. */
const WARM_UP_MS = 15_000;
const MIB = 2 ** 20;

export interface Soaked {
	readonly faults: number;
	readonly pages: number;
}

export async function runSoak(minutes: number, seed: number): Promise<Soaked> {
	const startMs = performance.now();
	const endMs = startMs + minutes * 60_000;
	const say = (text: string) =>
		console.log(`soak: ${((performance.now() - startMs) / 1000).toFixed(0)} s: ${text}`);
	say(`seed ${seed}, ${minutes} minutes`);
	const random = randomOf(seed);
	const ground = await makeGround();
	const watched = watchExporter(await ground.startExporter());
	const logs: (() => string)[] = [];
	let wire = await watchWire(ground.lab);
	let requests = new Map<string, number>();
	let faults = 0;

	function conversed(service: string, count: number): void {
		requests.set(service, (requests.get(service) ?? 0) + count);
	}

	async function suffer(fault: Fault): Promise<void> {
		const { log } = watched.now();
		if (!logs.includes(log)) logs.push(log);
		const scene: Scene = { ground, watched, wire, random, turn: faults, conversed };
		const load = startLoad(ground.lab, fault.clients, BURST_SECONDS, faults);
		faults++;
		await sleep(random.between(0, 1500));
		const seen = await fault.run(scene);
		for (const [service, count] of await load.ended()) conversed(service, count);
		await expectExact();
		say(`${fault.name}: ${seen}`);
		if (!fault.afterwards) return;
		await fault.afterwards(scene);
		wire = await watchWire(ground.lab);
		requests = new Map();
	}

	/** Since the counts began, whatever happened in between. */
	async function expectExact(): Promise<void> {
		const total = await wire.total();
		const page = await watched.now().pageWhere((each) => each.sum("lbscope_unattributed_bytes") === 0);
		watched.check();
		expect({
			packets: page.value("processed_packets_total"),
			bytes: page.value("processed_bytes_total"),
		}).toEqual(total);
		expect(requestsOf(page)).toEqual(Object.fromEntries([...requests].sort()));
	}

	async function sufferAll(): Promise<void> {
		for (const fault of random.shuffled(FAULTS)) {
			if (performance.now() < endMs) await suffer(fault);
		}
	}

	async function sufferAlive(untilMs: number): Promise<void> {
		const fromMs = performance.now() + WARM_UP_MS;
		const harmless = FAULTS.filter(({ endsExporter }) => !endsExporter);
		while (performance.now() < untilMs) {
			for (const fault of random.shuffled(harmless)) {
				if (performance.now() < untilMs) await suffer(fault);
			}
		}
		const { first, last, samples } = watched.use().thirds(fromMs);
		const show = ({ rssBytes, descriptors }: typeof first) =>
			`${(rssBytes / MIB).toFixed(0)} MiB and ${descriptors} descriptors`;
		say(`one exporter, ${samples} samples: ${show(first)} at first, ${show(last)} at last`);
		expectFlat(first, last);
	}

	try {
		while (performance.now() < endMs) {
			await sufferAll();
			if (performance.now() < endMs) await sufferAlive(Math.min(endMs, performance.now() + STRETCH_MS));
		}
		await watched.stop();
		watched.check();
		expect(await watched.now().stop()).toBe(0);
		// Some endpoints of the lab always refuse, and one flaps.
		const always = [/event="endpoint is unhealthy"/];
		const explains = [...always, ...FAULTS.flatMap((fault) => fault.explains ?? [])];
		for (const log of new Set([...logs, watched.now().log])) expectLog(log(), explains);
		say(`${faults} faults, ${watched.pages()} pages`);
		return { faults, pages: watched.pages() };
	} finally {
		await watched.stop();
		await ground.remove();
	}
}

function requestsOf(page: Page): Record<string, number> {
	const rows = page
		.series("total_requests_per_service")
		.map(({ labels, value }) => [labels.service ?? "", value] as const);
	return Object.fromEntries(rows.filter(([, value]) => value > 0).sort());
}

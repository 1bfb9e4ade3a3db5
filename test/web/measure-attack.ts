/** An attack on a server process, with real scrapes by curl while it goes on. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Attack, Target } from "./attacks.ts";
import { curl } from "./curl.ts";
import type { ServerProcess } from "./server-process.ts";

export interface Measured {
	/** Of each scrape, in its order; 0 when there was no answer. */
	readonly statuses: readonly number[];
	/** Of each, in ms. */
	readonly durations: readonly number[];
	/** Most of the server's memory above what it was before. */
	readonly grownBytes: number;
	/** What the attacker was told, each with how often. */
	readonly answers: ReadonlyMap<string, number>;
	/** Whether it was still under way at the last scrape. */
	readonly isOver: boolean;
}

export interface MeasureOptions {
	readonly attack: Attack;
	readonly server: ServerProcess;
	readonly target: Omit<Target, "port">;
	/** Of curl. */
	readonly scrape: readonly string[];
	readonly scrapes: number;
	readonly pauseMs: number;
}

const SAMPLE_MS = 50;

export async function measureAttack(options: MeasureOptions): Promise<Measured> {
	const { attack, server, target, scrape, scrapes, pauseMs } = options;
	const scrapeOnce = () =>
		curl("--output", "/dev/null", "--write-out", "%{time_total}\n%{http_code}", ...scrape);
	await scrapeOnce();
	const before = server.memory();
	let most = before;
	const sampling = setInterval(() => {
		most = Math.max(most, server.memory());
	}, SAMPLE_MS);
	const stop = new AbortController();
	let isOver = false;
	const running = attack.run({ port: server.port, ...target }, stop.signal).finally(() => {
		isOver = true;
	});
	const answers: Awaited<ReturnType<typeof scrapeOnce>>[] = [];
	for (let i = 0; i < scrapes; i++) {
		await sleep(pauseMs);
		answers.push(await scrapeOnce());
	}
	const wasOver = isOver;
	if (attack.isBounded) await running;
	stop.abort();
	const told = await running;
	clearInterval(sampling);
	return {
		statuses: answers.map(({ status }) => status),
		durations: answers.map(({ text }) => Number(text.trim()) * 1000),
		grownBytes: most - before,
		answers: told,
		isOver: wasOver,
	};
}

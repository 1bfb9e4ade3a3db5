/** An attack on a server process, with real scrapes by curl while it goes on. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Attack, Target } from "../../web/attacks.ts";
import { curl } from "../../web/curl.ts";
import type { ServerProcess } from "./server-process.ts";

export interface Measured {
	/** Of each scrape; 0 when there was no answer. */
	readonly statuses: readonly number[];
	readonly durationsMs: readonly number[];
	/** Whether each began before the attack had ended. */
	readonly duringAttack: readonly boolean[];
	/** Most of the server's memory above what it was before. */
	readonly grownBytes: number;
	/** First lines of what the attacker was told, each with how often. */
	readonly answers: ReadonlyMap<string, number>;
}

export interface MeasureOptions {
	readonly attack: Attack;
	readonly server: ServerProcess;
	readonly target: Omit<Target, "port">;
	/** Of curl. */
	readonly scrape: readonly string[];
}

const SCRAPES = 3;
const PAUSE_MS = 300;
const SAMPLE_MS = 50;

export async function measureAttack({ attack, server, target, scrape }: MeasureOptions): Promise<Measured> {
	const scrapeOnce = () =>
		curl("--output", "/dev/null", "--write-out", "%{time_total}\n%{http_code}", ...scrape);
	// As every scraper that was there before: its password is known.
	await scrapeOnce();
	const memory = watchMemory(server);
	const stop = new AbortController();
	let isOver = false;
	const running = attack.run({ port: server.port, ...target }, stop.signal).finally(() => {
		isOver = true;
	});
	const scrapes: { status: number; durationMs: number; during: boolean }[] = [];
	for (let i = 0; i < SCRAPES; i++) {
		await sleep(PAUSE_MS);
		const during = !isOver;
		const { status, text } = await scrapeOnce();
		scrapes.push({ status, durationMs: Number(text.trim()) * 1_000, during });
	}
	if (attack.isBounded) await running;
	stop.abort();
	const answers = await running;
	return {
		statuses: scrapes.map(({ status }) => status),
		durationsMs: scrapes.map(({ durationMs }) => durationMs),
		duringAttack: scrapes.map(({ during }) => during),
		grownBytes: memory.stop(),
		answers,
	};
}

/** `stop` gives by how much it grew at most. */
function watchMemory(server: ServerProcess): { stop(): number } {
	const before = server.memory();
	let most = before;
	const sampling = setInterval(() => {
		most = Math.max(most, server.memory());
	}, SAMPLE_MS);
	return {
		stop() {
			clearInterval(sampling);
			return Math.max(most, server.memory()) - before;
		},
	};
}

/** What it costs to probe 5,000 endpoints every 10 s. On loopback, so the kernel's work for their side is in it. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Figure, Result } from "./figure.ts";
import { spreadOf } from "./median.ts";
import { cpuTimes } from "./process-use.ts";

const ENDPOINTS = 5000;
const INTERVAL_MS = 10_000;
const ROUNDS = 3;
const GOAL_PERCENT = 5;

export const PROBES: Figure = {
	name: "probes",
	async measure() {
		const endpoints = fork(fileURLToPath(new URL("endpoints.mjs", import.meta.url)));
		try {
			const [port] = await once(endpoints, "message");
			return [await costOf("tcp", port), await costOf("http", port)];
		} finally {
			endpoints.disconnect();
		}
	},
};

async function costOf(type: "tcp" | "http", port: number): Promise<Result> {
	const script = fileURLToPath(new URL("prober.ts", import.meta.url));
	const settings = [port, type, ENDPOINTS, INTERVAL_MS].map(String);
	const prober = fork(script, settings, { execArgv: ["--import", "tsx"] });
	try {
		// The first round is a cold one.
		await sleep(1.5 * INTERVAL_MS);
		const percents: number[] = [];
		for (let round = 0; round < ROUNDS; round++) percents.push(await percentOf(prober));
		await requireSound(prober);
		return {
			title: `${type} probes of ${ENDPOINTS} endpoints every ${INTERVAL_MS / 1000} s, of one CPU`,
			unit: "%",
			spread: spreadOf(percents),
			goal: { atMost: GOAL_PERCENT },
		};
	} finally {
		prober.disconnect();
	}
}

async function percentOf({ pid = 0 }: ChildProcess): Promise<number> {
	const [before, start] = [cpuTimes(pid).allMs, performance.now()];
	await sleep(INTERVAL_MS);
	return (100 * (cpuTimes(pid).allMs - before)) / (performance.now() - start);
}

/** A prober that cannot keep up is cheap. */
async function requireSound(prober: ChildProcess): Promise<void> {
	prober.send("how many");
	const [{ missed, healthy }] = await once(prober, "message");
	if (missed === 0 && healthy === ENDPOINTS) return;
	throw new Error(
		`${healthy} endpoints are healthy and ${missed} probes were missed, expected ${ENDPOINTS} and 0`,
	);
}

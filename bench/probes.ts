/**
 * What it costs to probe 5,000 endpoints every 10 s: the process that probes, and the thread of the kernel that receives
 * the answers for it. What the kernel does for the endpoints is theirs, see two-nodes.ts.
 */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Figure, Result } from "./figure.ts";
import { spreadOf } from "./median.ts";
import { cpuTimes } from "./process-use.ts";
import { type TwoNodes, withTwoNodes } from "./two-nodes.ts";

const ENDPOINTS = 5000;
const INTERVAL_MS = 10_000;
/** Settled after so many. */
const WARM_ROUNDS = 3;
const ROUNDS = 3;
const GOAL_PERCENT = 5;

export const PROBES: Figure = {
	name: "probes",
	measure: () =>
		withTwoNodes(async (nodes) => {
			const endpoints = nodes.forkAnswering("endpoints.mjs");
			try {
				const [port] = await once(endpoints, "message");
				return [...(await costOf("tcp", port, nodes)), ...(await costOf("http", port, nodes))];
			} finally {
				endpoints.disconnect();
			}
		}),
};

async function costOf(type: "tcp" | "http", port: number, nodes: TwoNodes): Promise<Result[]> {
	const settings = [port, type, ENDPOINTS, INTERVAL_MS].map(String);
	const prober = nodes.forkAsking("prober.ts", ...settings);
	try {
		// V8 optimizes in the first rounds.
		await sleep(WARM_ROUNDS * INTERVAL_MS);
		const [own, received]: [number[], number[]] = [[], []];
		for (let round = 0; round < ROUNDS; round++) {
			const percents = await percentsOf([prober.pid ?? 0, nodes.askingPid]);
			own.push(percents[0] ?? Number.NaN);
			received.push(percents[1] ?? Number.NaN);
		}
		await requireSound(prober);
		return [
			{
				title: `${type} probes of ${ENDPOINTS} endpoints every ${INTERVAL_MS / 1000} s, of one CPU`,
				unit: "%",
				spread: spreadOf(own.map((percent, round) => percent + (received[round] ?? Number.NaN))),
				goal: { atMost: GOAL_PERCENT },
			},
			{ title: "  of it, to receive their packets", unit: "%", spread: spreadOf(received) },
		];
	} finally {
		prober.disconnect();
	}
}

async function percentsOf(pids: readonly number[]): Promise<number[]> {
	const timesMs = () => pids.map((pid) => cpuTimes(pid).allMs);
	const [before, start] = [timesMs(), performance.now()];
	await sleep(INTERVAL_MS);
	const [after, end] = [timesMs(), performance.now()];
	return after.map((timeMs, i) => (100 * (timeMs - (before[i] ?? 0))) / (end - start));
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

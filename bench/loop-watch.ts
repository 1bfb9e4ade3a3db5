/** How late the event loop of another process is: see probe.mjs. */
import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { spreadOf } from "./median.ts";

const LOOK_MS = 20;
/** A sample before the begin, so that a slice that spans it counts. */
const PREFIX_MS = 5;

export interface LoopWatch {
	/** What the process needs in its environment. */
	readonly environment: readonly string[];
	begin(pid: number): void;
	end(pid: number): Promise<LoopSamples>;
}

export interface LoopSamples {
	/** Between two Unix times in ms. */
	between(beginMs: number, endMs: number): LoopUse;
}

export interface LoopUse {
	/** The most that a timer was late. */
	readonly longestMs: number;
	/** The most that a slice took of a CPU: on a busy machine the one above also has what others took. */
	readonly longestCpuMs: number;
	readonly p99Ms: number;
}

type Sample = readonly [atMs: number, lateMs: number, cpuMs: number];

export function createLoopWatch(path: string): LoopWatch {
	const probe = pathToFileURL(new URL("probe.mjs", import.meta.url).pathname);
	return {
		environment: [`LBSCOPE_PROBE=${path}`, `NODE_OPTIONS=--import=${probe}`],
		begin: (pid) => void process.kill(pid, "SIGUSR2"),
		async end(pid) {
			process.kill(pid, "SIGUSR2");
			while (!existsSync(path)) await sleep(LOOK_MS);
			const samples: Sample[] = JSON.parse(await readFile(path, "utf8"));
			await rm(path);
			return { between: (beginMs, endMs) => judge(samples, beginMs, endMs) };
		},
	};
}

function judge(samples: readonly Sample[], beginMs: number, endMs: number): LoopUse {
	const during = samples.filter(([atMs, lateMs]) => atMs >= beginMs - PREFIX_MS && atMs - lateMs <= endMs);
	const late = during.map(([, lateMs]) => lateMs).sort((a, b) => a - b);
	return {
		longestMs: spreadOf(late).max,
		longestCpuMs: spreadOf(during.map(([, , cpuMs]) => cpuMs)).max,
		p99Ms: late[Math.floor(late.length * 0.99)] ?? Number.NaN,
	};
}

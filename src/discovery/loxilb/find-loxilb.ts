/** Whether a LoxiLB runs on this node, by what can be seen without asking it. */
import { existsSync, readdirSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { findProcesses, isCalled } from "../../bpf/other-process.ts";

const PROCESS = "loxilb";
/** In the file system that LoxiLB sees: that of its container, where it runs in one. */
const PINS = "/opt/loxilb/dp/bpf";
const LOOK_EVERY_MS = 60_000;
/** Processes between two pauses: each is a file to read. */
const SLICE = 128;

export interface LoxilbTraces {
	readonly pids: readonly number[];
	/** Directory of its pinned maps, as it is to be seen from here; undefined: none is. */
	readonly pins: string | undefined;
}

/** Looks at every process, at once. Undefined when there is no trace. `directory`: of the pins, where one is configured. */
export function findLoxilb(directory?: string): LoxilbTraces | undefined {
	const pids = findProcesses(PROCESS);
	const places =
		directory === undefined ? [PINS, ...pids.map((pid) => `/proc/${pid}/root${PINS}`)] : [directory];
	const pins = places.find((path) => existsSync(path));
	return pids.length > 0 || pins !== undefined ? { pids, pins } : undefined;
}

/** Says again and again whether there is a trace: looks anew once a minute, and lets other work run meanwhile. */
export function watchForLoxilb(directory?: string): () => Promise<boolean> {
	let lookAtMs = 0;
	let seen = Promise.resolve(false);
	return () => {
		if (performance.now() >= lookAtMs) {
			lookAtMs = performance.now() + LOOK_EVERY_MS;
			seen = isHere(directory);
		}
		return seen;
	};
}

async function isHere(directory = PINS): Promise<boolean> {
	if (existsSync(directory)) return true;
	const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
	for (let start = 0; start < pids.length; start += SLICE) {
		if (pids.slice(start, start + SLICE).some((pid) => isCalled(Number(pid), PROCESS))) return true;
		await setImmediate();
	}
	return false;
}

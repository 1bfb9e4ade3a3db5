/** Reads the use of the machine. What cannot be read is undefined, and the rest is read all the same. */
import { readFile, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { SystemUse } from "../model/system-use.ts";
import { diskPercent } from "./disk.ts";
import { memoryPercent } from "./meminfo.ts";
import { type CpuTime, cpuPercent, parseCpuTime } from "./proc-stat.ts";

export interface SystemReader {
	read(): Promise<SystemUse>;
}

export interface SystemPaths {
	readonly proc: string;
	readonly root: string;
}

/** Keeps the CPU time of the last read that worked: after a failed one the interval is longer. */
export function createSystemReader({ proc, root }: SystemPaths = { proc: "/proc", root: "/" }): SystemReader {
	let before: CpuTime | undefined;
	return {
		async read() {
			const [stat, meminfo, blocks] = await Promise.all([
				orUndefined(readFile(join(proc, "stat"), "utf8")),
				orUndefined(readFile(join(proc, "meminfo"), "utf8")),
				orUndefined(statfs(root)),
			]);
			const now = stat === undefined ? undefined : parseCpuTime(stat);
			const cpu = before && now && cpuPercent(before, now);
			before = now ?? before;
			return {
				cpuPercent: cpu,
				memoryPercent: meminfo === undefined ? undefined : memoryPercent(meminfo),
				diskPercent: blocks && diskPercent(blocks),
			};
		},
	};
}

async function orUndefined<T>(reading: Promise<T>): Promise<T | undefined> {
	try {
		return await reading;
	} catch {
		return undefined;
	}
}

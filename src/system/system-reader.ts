/** Reads the use of the machine. What cannot be read is undefined, and the rest is read all the same. */
import { closeSync, openSync, read } from "node:fs";
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { SystemUse } from "../model/system-use.ts";
import { diskPercent } from "./disk.ts";
import { memoryPercent } from "./meminfo.ts";
import { type CpuTime, cpuPercent, parseCpuTime } from "./proc-stat.ts";

export interface SystemReader {
	read(): Promise<SystemUse>;
}

export type SystemPart = "cpu" | "memory" | "disk";

export interface SystemOptions {
	readonly proc?: string;
	readonly root?: string;
	/** After each try to read a part: why it failed, or undefined when it did not. */
	readonly tried?: (part: SystemPart, failure: string | undefined) => void;
}

/** Keeps the CPU time of the last read that worked: after a failed one the interval is longer. */
export function createSystemReader({
	proc = "/proc",
	root = "/",
	tried = () => {},
}: SystemOptions = {}): SystemReader {
	const stat = join(proc, "stat");
	const meminfo = join(proc, "meminfo");
	let before: CpuTime | undefined;
	const attempt = async <T>(part: SystemPart, path: string, read: () => Promise<T | undefined>) => {
		const { value, failure } = await outcomeOf(path, read);
		tried(part, failure);
		return value;
	};
	return {
		async read() {
			const [now, memory, disk] = await Promise.all([
				attempt("cpu", stat, async () => parseCpuTime(await readStart(stat))),
				attempt("memory", meminfo, async () => memoryPercent(await readStart(meminfo))),
				attempt("disk", root, async () => diskPercent(await statfs(root))),
			]);
			const cpu = before && now && cpuPercent(before, now);
			before = now ?? before;
			return { cpuPercent: cpu, memoryPercent: memory, diskPercent: disk };
		},
	};
}

/** What is looked for stands in the first lines. */
const START_BYTES = 4096;
const readAside = promisify(read);

/** Of a file of /proc, where only to read takes time: readFile() also goes to a thread to open, to look and to close. */
async function readStart(path: string): Promise<string> {
	const file = openSync(path, "r");
	try {
		const { bytesRead, buffer } = await readAside(file, Buffer.alloc(START_BYTES), 0, START_BYTES, 0);
		return buffer.toString("utf8", 0, bytesRead);
	} finally {
		closeSync(file);
	}
}

interface Outcome<T> {
	readonly value?: T | undefined;
	readonly failure?: string;
}

async function outcomeOf<T>(path: string, read: () => Promise<T | undefined>): Promise<Outcome<T>> {
	try {
		const value = await read();
		return value === undefined ? { failure: `${path} does not say it` } : { value };
	} catch (error) {
		return { failure: (error as Error).message };
	}
}

/** Whether an lbscope runs: the one with these pins, and others. */
import { existsSync, readFileSync } from "node:fs";
import { holderOf } from "../bpf/directory-lock.ts";
import { findProcesses } from "../bpf/other-process.ts";
import { type Fact, ok, type Patient, warn } from "./fact.ts";

/** USER_HZ, the same on all architectures that Node runs on. */
const TICKS_PER_SECOND = 100;

export function checkExporter({ config: { pins } }: Patient): Fact[] {
	const holder = existsSync(pins.path) ? holderOf(pins.path) : undefined;
	const others = findProcesses("lbscope").filter((pid) => pid !== process.pid && pid !== holder);
	const running = holder === undefined ? [] : [ok(`process ${holder} has the pins, ${since(holder)}`)];
	const foreign = others.map((pid) =>
		warn(
			`another lbscope, process ${pid}, runs ${since(pid)}`,
			"see that the two watch different interfaces",
		),
	);
	const facts = [...running, ...foreign];
	return facts.length > 0 ? facts : [ok("no lbscope runs")];
}

function since(pid: number): string {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
		// The second field is a name in brackets, which may hold blanks; the start time is the 22nd.
		const ticks = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
		const boot = Number(/^btime (\d+)$/m.exec(readFileSync("/proc/stat", "utf8"))?.[1]);
		return `since ${new Date(1000 * (boot + ticks / TICKS_PER_SECOND)).toISOString()}`;
	} catch {
		// It has ended meanwhile.
		return "no more";
	}
}

/** Its maps and its port are in use with good reason. */
export function runsHere({ config: { pins } }: Patient): boolean {
	return existsSync(pins.path) && holderOf(pins.path) !== undefined;
}

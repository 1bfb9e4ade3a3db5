/**
 * What a lab started, in a file outside of it: a later run ends exactly these processes when this one crashes. A pid
 * alone proves nothing after a crash, so its start time (and, by the reader, its namespace) stands beside it.
 */
import { appendFileSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";

export const LAB_DIRECTORY = "/run/lbscope-lab";

/** The namespace name of a process that runs on the host. */
export const HOST = "host";

export interface RecordedProcess {
	readonly role: "owner" | "child";
	readonly pid: number;
	/** Clock ticks since boot, field 22 of /proc/<pid>/stat. */
	readonly startTicks: string;
	readonly netns: string;
}

export function recordProcess(prefix: string, role: "owner" | "child", pid: number, netns: string): void {
	mkdirSync(LAB_DIRECTORY, { recursive: true });
	appendFileSync(pathOf(prefix), `${role} ${pid} ${startTicks(pid)} ${netns}\n`);
}

export function readRecord(prefix: string): RecordedProcess[] {
	const text = readIfThere(pathOf(prefix)) ?? "";
	return text.split("\n").flatMap((line) => {
		const [role, pid, ticks, netns] = line.split(" ");
		if ((role !== "owner" && role !== "child") || ticks === undefined || netns === undefined) return [];
		return [{ role, pid: Number(pid), startTicks: ticks, netns } as const];
	});
}

export function forgetRecord(prefix: string): void {
	rmSync(pathOf(prefix), { force: true });
}

/** Whether the recorded process still runs: same pid, same start, same namespace. */
export function isStillRunning(recorded: RecordedProcess): boolean {
	const ticks = startTicks(recorded.pid);
	return ticks !== undefined && ticks === recorded.startTicks && isInNetns(recorded.pid, recorded.netns);
}

/** What `ip netns pids` looks at, for one pid. */
export function isInNetns(pid: number, netns: string): boolean {
	const theirs = identityOf(`/proc/${pid}/ns/net`);
	return (
		theirs !== undefined &&
		theirs === identityOf(netns === HOST ? "/proc/self/ns/net" : `/run/netns/${netns}`)
	);
}

/** Undefined when there is no such file, or when its process ends in this moment. */
function identityOf(path: string): string | undefined {
	try {
		const { dev, ino } = statSync(path);
		return `${dev} ${ino}`;
	} catch {
		return undefined;
	}
}

function startTicks(pid: number): string | undefined {
	const stat = readIfThere(`/proc/${pid}/stat`);
	// The command name, field 2, is in brackets and may hold spaces.
	return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}

function pathOf(prefix: string): string {
	return `${LAB_DIRECTORY}/${prefix}`;
}

function readIfThere(path: string): string | undefined {
	try {
		return readFileSync(path, "utf8");
	} catch {
		return undefined;
	}
}

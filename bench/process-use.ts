/** What a process has used, as the kernel tells it. */
import { readFileSync } from "node:fs";

/** USER_HZ is 100 on all architectures that Node runs on. */
const MS_PER_TICK = 10;
const MEGABYTE = 1e6;

/** Time of all its threads in ms: all, and what the kernel took of it. */
export function cpuTimes(pid: number): { readonly allMs: number; readonly systemMs: number } {
	const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
	// The name before it may hold blanks.
	const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
	const [user, system] = [Number(fields[11]), Number(fields[12])];
	return { allMs: (user + system) * MS_PER_TICK, systemMs: system * MS_PER_TICK };
}

export function residentBytes(pid: number): number {
	return statusBytes(pid, "VmRSS");
}

/** The most that it ever had. */
export function peakBytes(pid: number): number {
	return statusBytes(pid, "VmHWM");
}

function statusBytes(pid: number, field: string): number {
	const status = readFileSync(`/proc/${pid}/status`, "utf8");
	return Number(new RegExp(`^${field}:\\s*(\\d+) kB`, "m").exec(status)?.[1]) * 1024;
}

/** What a map of this process takes of the kernel's memory. */
export function mapBytes(fd: number): number {
	const about = readFileSync(`/proc/self/fdinfo/${fd}`, "utf8");
	return Number(/^memlock:\s*(\d+)/m.exec(about)?.[1]);
}

export function toMegabytes(bytes: number): number {
	return bytes / MEGABYTE;
}

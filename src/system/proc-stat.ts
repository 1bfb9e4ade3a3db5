/** CPU time from /proc/stat, see proc_stat(5). */

/** Ticks since boot, over all CPUs. */
export interface CpuTime {
	readonly busyTicks: number;
	readonly totalTicks: number;
}

/** Undefined when the text has no line of all CPUs. */
export function parseCpuTime(procStat: string): CpuTime | undefined {
	const line = /^cpu +(.+)$/m.exec(procStat)?.[1];
	// guest and guest_nice, the columns after these, are already part of user and nice.
	const ticks = line?.split(" ").slice(0, 8).map(Number);
	if (ticks === undefined || ticks.length < 4 || !ticks.every(Number.isFinite)) return undefined;
	const [, , , idle = 0, iowait = 0] = ticks;
	const totalTicks = ticks.reduce((sum, column) => sum + column, 0);
	return { busyTicks: totalTicks - idle - iowait, totalTicks };
}

/** Undefined when no time passed. The kernel lets iowait go down at times, hence the bounds. */
export function cpuPercent(before: CpuTime, now: CpuTime): number | undefined {
	const total = now.totalTicks - before.totalTicks;
	if (total <= 0) return undefined;
	const percent = (100 * (now.busyTicks - before.busyTicks)) / total;
	return Math.min(100, Math.max(0, percent));
}

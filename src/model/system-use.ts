/** Use of the machine, each 0..100 percent. A field is undefined when it could not be read. */
export interface SystemUse {
	/** Busy between two polls, over all CPUs; iowait counts as idle. Undefined at the first poll. */
	readonly cpuPercent: number | undefined;
	/** (MemTotal - MemAvailable) / MemTotal. */
	readonly memoryPercent: number | undefined;
	/** Root filesystem, used / (used + available to users), as df computes it. */
	readonly diskPercent: number | undefined;
}

/** Memory in use from /proc/meminfo, see proc_meminfo(5). */

/** (MemTotal - MemAvailable) / MemTotal; undefined when either is not there. */
export function memoryPercent(meminfo: string): number | undefined {
	const total = kibibytes(meminfo, "MemTotal");
	const available = kibibytes(meminfo, "MemAvailable");
	if (total === undefined || available === undefined || total === 0) return undefined;
	return (100 * (total - available)) / total;
}

function kibibytes(meminfo: string, name: string): number | undefined {
	const digits = new RegExp(`^${name}: +(\\d+) kB$`, "m").exec(meminfo)?.[1];
	return digits === undefined ? undefined : Number(digits);
}

/** Whether what the limits will take is there. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { possibleCpus } from "../bpf/map.ts";
import { readMaps } from "../bpf/object.ts";
import { firewallMapSizes } from "../firewall/firewall.ts";
import { sizesOf } from "../sources/open-data-path.ts";
import { runsHere } from "./exporter.ts";
import { type Fact, fail, ok, type Patient, warn } from "./fact.ts";
import { mapBytes } from "./map-bytes.ts";

const MIB = 2 ** 20;
/** Measured: 100 MB with 50,000 pairs, 156 MB with 200,000, 452 MB with a million (README, What it costs). */
const EXPORTER = { bytes: 80e6, bytesPerPair: 400 };
const CGROUPS = "/sys/fs/cgroup";

export function checkMemory(patient: Patient): Fact[] {
	const { config } = patient;
	const sizes = { ...sizesOf(config), ...firewallMapSizes(config.firewall.rules) };
	const maps = readMaps(sizes).reduce((sum, map) => sum + mapBytes(map, possibleCpus()), 0);
	const exporter = EXPORTER.bytes + EXPORTER.bytesPerPair * config.limits.pairs;
	const room = roomInMemory(readFileSync("/proc/meminfo", "utf8"), ownGroups());
	const text = `the limits take ${mib(maps)} of the kernel, and up to ${mib(exporter)} of the exporter`;
	if (runsHere(patient)) return [ok(`${text}: in use by the lbscope that runs`)];
	const available = `${text}, of ${mib(room)} that are available`;
	const todo = "lower limits.pairs and limits.flows, or give more memory";
	if (maps + exporter > room) return [fail(available, todo)];
	return [maps + exporter > room / 2 ? warn(available, todo) : ok(available)];
}

export interface MemoryGroup {
	/** Bytes; undefined: no limit. */
	readonly max: number | undefined;
	readonly current: number;
}

/** Bytes that may still be taken: of the machine, and of the cgroups that this process is in. */
export function roomInMemory(meminfo: string, groups: readonly MemoryGroup[]): number {
	const available = 1024 * Number(/^MemAvailable: +(\d+) kB$/m.exec(meminfo)?.[1]);
	const rooms = groups.flatMap(({ max, current }) => (max === undefined ? [] : [Math.max(0, max - current)]));
	return Math.min(available, ...rooms);
}

/** Of cgroup v2, the own one and those above. */
function ownGroups(): MemoryGroup[] {
	const path = /^0::(\/.*)$/m.exec(readFileSync("/proc/self/cgroup", "utf8"))?.[1] ?? "/";
	const groups: MemoryGroup[] = [];
	for (let group = path; ; group = dirname(group)) {
		const [max, current] = ["memory.max", "memory.current"].map((file) => join(CGROUPS, group, file));
		if (max && current && existsSync(max) && existsSync(current)) {
			const limit = readFileSync(max, "utf8").trim();
			const bytes = limit === "max" ? undefined : Number(limit);
			groups.push({ max: bytes, current: Number(readFileSync(current, "utf8")) });
		}
		if (group === "/") return groups;
	}
}

function mib(bytes: number): string {
	return `${Math.ceil(bytes / MIB)} MiB`;
}

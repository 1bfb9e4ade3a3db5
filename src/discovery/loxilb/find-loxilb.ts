/** Whether a LoxiLB runs on this node, by what can be seen without asking it. */
import { existsSync } from "node:fs";
import { findProcesses } from "../../bpf/other-process.ts";

/** In the file system that LoxiLB sees: that of its container, where it runs in one. */
const PINS = "/opt/loxilb/dp/bpf";

export interface LoxilbTraces {
	readonly pids: readonly number[];
	/** Directory of its pinned maps, as it is to be seen from here; undefined: none is. */
	readonly pins: string | undefined;
}

/** Undefined when there is no trace. */
export function findLoxilb(): LoxilbTraces | undefined {
	const pids = findProcesses("loxilb");
	const pins = [PINS, ...pids.map((pid) => `/proc/${pid}/root${PINS}`)].find((path) => existsSync(path));
	return pids.length > 0 || pins !== undefined ? { pids, pins } : undefined;
}

/** Commands in front that take rights away, by setpriv(1), and what a process has left in each of its threads. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { PROGRAM } from "../operation/program.ts";

export const NEEDED = ["bpf", "net_admin", "perfmon"] as const;
export const NOBODY = 65534;

/** As Kubernetes or systemd start it: not root, these capabilities alone, no_new_privs. */
export function asNobody(capabilities: readonly string[]): string[] {
	const ids = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
	const only = ["-all", ...capabilities.map((name) => `+${name}`)].join(",");
	const rights = ["bounding-set", "inh-caps", "ambient-caps"].map((set) => `--${set}=${only}`);
	return ["setpriv", ...ids, ...rights, "--no-new-privs"];
}

/** A clone below root's home is out of nobody's reach. */
export const isOutOfReach =
	spawnSync("setpriv", [...asNobody([]).slice(1), ...PROGRAM, "--version"]).status !== 0;
if (isOutOfReach) console.warn(`tests as nobody skipped: nobody may not read ${PROGRAM.join(" or ")}`);

const WORN = ["CapInh", "CapPrm", "CapEff", "CapAmb"] as const;

export interface ThreadRights {
	readonly threads: number;
	/** Each value that some thread has in some set: `CapEff 0000000000001000`. */
	readonly capabilities: readonly string[];
	readonly noNewPrivileges: boolean;
}

/** Of all threads, Node's and V8's included. */
export function rightsOf(pid: number): ThreadRights {
	const statuses = readdirSync(`/proc/${pid}/task`).map((tid) =>
		readFileSync(`/proc/${pid}/task/${tid}/status`, "utf8"),
	);
	const values = statuses.flatMap((status) => WORN.map((set) => `${set} ${fieldOf(status, set)}`));
	return {
		threads: statuses.length,
		capabilities: [...new Set(values)].sort(),
		noNewPrivileges: statuses.every((status) => fieldOf(status, "NoNewPrivs") === "1"),
	};
}

function fieldOf(status: string, name: string): string | undefined {
	return new RegExp(`^${name}:\\s*(\\S+)`, "m").exec(status)?.[1];
}

/** When every set of every thread is this one. */
export function onlyThis(set: bigint): string[] {
	return WORN.map((name) => `${name} ${set.toString(16).padStart(16, "0")}`).sort();
}

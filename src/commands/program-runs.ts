/** How often and how long the BPF programs ran, those included that were changed for others while lbscope runs. */

import type { Program } from "../bpf/object.ts";
import { openProgramStats, type ProgramRuns, type ProgramStats } from "../bpf/program-stats.ts";
import type { SelfWatch } from "../config/config.ts";
import type { Log } from "../log.ts";

export interface ProgramRunCounts {
	/** To be called while the programs of before are there. */
	use(programs: readonly Program[], watch: SelfWatch): void;
	/** By program; undefined while the kernel takes no times. */
	read(): readonly ProgramRuns[] | undefined;
	close(): void;
}

export function countProgramRuns(log: Log): ProgramRunCounts {
	let stats: ProgramStats | undefined;
	let current: readonly Program[] = [];
	/** Of programs that run no more. */
	const former = new Map<string, ProgramRuns>();
	const read = () => stats?.read()?.map((each) => sum(each, former.get(each.program)));
	return {
		use(programs, { programStats: turnOn }) {
			if (programs[0]?.fd !== current[0]?.fd) for (const each of read() ?? []) former.set(each.program, each);
			const before = stats;
			stats = openProgramStats(programs, { turnOn });
			before?.close();
			current = programs;
			if (stats.refusal !== undefined) log.warn("BPF programs are not timed", { reason: stats.refusal });
		},
		read,
		close: () => stats?.close(),
	};
}

function sum(each: ProgramRuns, former: ProgramRuns | undefined): ProgramRuns {
	const { program, runs, runTimeNs } = each;
	return { program, runs: runs + (former?.runs ?? 0), runTimeNs: runTimeNs + (former?.runTimeNs ?? 0) };
}

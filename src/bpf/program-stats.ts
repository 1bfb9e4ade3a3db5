/** What the kernel knows of a loaded program: how often and how long it ran, and how much work it was to verify. */
import { closeSync, existsSync, readFileSync } from "node:fs";
import {
	check,
	isRefusal,
	KernelError,
	missingCapabilities,
	permissionAdvice,
	TO_TIME_PROGRAMS,
} from "./kernel-error.ts";
import { getLibbpf } from "./libbpf.ts";
import type { Program } from "./object.ts";
import { readU64 } from "./struct.ts";

/** struct bpf_prog_info of linux/bpf.h: the kernel fills as much of it as it is given room for. */
const INFO = { runTimeNs: 192, runs: 200, verifiedInstructions: 216, bytes: 224 } as const;

/** enum bpf_stats_type */
const BPF_STATS_RUN_TIME = 0;
const SWITCH_OF_THE_NODE = "/proc/sys/kernel/bpf_stats_enabled";

/** Since the program was loaded, while the kernel took times. */
export interface ProgramRuns {
	readonly program: string;
	readonly runs: number;
	readonly runTimeNs: number;
}

export interface ProgramStats {
	/** Why the kernel does not take times though it was to be told to. */
	readonly refusal: string | undefined;
	/** By program; undefined while the kernel takes no times. */
	read(): readonly ProgramRuns[] | undefined;
	close(): void;
}

/** `turnOn`: have the kernel take times, of all programs of the node, until close() or the end of the process. */
export function openProgramStats(
	programs: readonly Program[],
	{ turnOn }: { readonly turnOn: boolean },
): ProgramStats {
	const { fd, refusal } = turnOn ? turnOnTimes() : {};
	return {
		refusal: isOnForTheNode() ? undefined : refusal,
		read: () => (fd !== undefined || isOnForTheNode() ? programs.map(readRuns) : undefined),
		close: () => {
			if (fd !== undefined) closeSync(fd);
		},
	};
}

/** Instructions that the verifier looked at, each as often as it did: what the kernel limits to a million. */
export function verifiedInstructions(program: Program): number {
	return describe(program).readUInt32LE(INFO.verifiedInstructions);
}

function readRuns(program: Program): ProgramRuns {
	const info = describe(program);
	return { program: program.name, runs: readU64(info, INFO.runs), runTimeNs: readU64(info, INFO.runTimeNs) };
}

function describe({ name, fd }: Program): Buffer {
	const info = Buffer.alloc(INFO.bytes);
	check(getLibbpf().bpf_obj_get_info_by_fd(fd, info, [info.length]), `describe program ${name}`);
	return info;
}

/** Times are taken as long as the descriptor is open. */
function turnOnTimes(): { fd?: number; refusal?: string } {
	const result: number = getLibbpf().bpf_enable_stats(BPF_STATS_RUN_TIME);
	if (result >= 0) return { fd: result };
	const advice = isRefusal(-result) ? permissionAdvice(missingCapabilities(TO_TIME_PROGRAMS)) : undefined;
	return { refusal: new KernelError("have the kernel time BPF programs", -result, advice).message };
}

/** The sysctl. It does not show that another process has times taken. */
function isOnForTheNode(): boolean {
	return existsSync(SWITCH_OF_THE_NODE) && readFileSync(SWITCH_OF_THE_NODE, "utf8").trim() === "1";
}

/** Maps that another process has open, by pidfd_getfd(2): needs no pins, and the right to ptrace that process. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import koffi from "koffi";
import { describeMap } from "./describe.ts";
import { isRefusal, KernelError } from "./kernel-error.ts";
import { getLibc } from "./libbpf.ts";
import type { MapDescription } from "./map.ts";

/** The same on all architectures. */
const SYS_PIDFD_OPEN = 434;
const SYS_PIDFD_GETFD = 438;

export interface BorrowedMaps {
	readonly maps: readonly MapDescription[];
	close(): void;
}

/** Pids of the processes whose name (/proc/PID/comm) is `name`. */
export function findProcesses(name: string): number[] {
	return readdirSync("/proc")
		.filter((entry) => /^\d+$/.test(entry))
		.map(Number)
		.filter((pid) => isCalled(pid, name));
}

/** Whether there is such a process under this pid now. */
export function isCalled(pid: number, name: string): boolean {
	return readOrEmpty(`/proc/${pid}/comm`).trimEnd() === name;
}

function readOrEmpty(path: string): string {
	try {
		return readFileSync(path, "utf8");
	} catch {
		// The process has ended meanwhile.
		return "";
	}
}

export function borrowMaps(pid: number): BorrowedMaps {
	const fds: number[] = [];
	const close = () => {
		for (const fd of fds.splice(0)) getLibc().close(fd);
	};
	try {
		const process = openProcess(pid);
		fds.push(process);
		const maps = mapFds(pid).map((theirs) => {
			const fd: number = getLibc().syscall(SYS_PIDFD_GETFD, process, theirs, 0);
			if (fd < 0) throw refusedLook(pid, koffi.errno());
			fds.push(fd);
			return describeMap(fd);
		});
		return { maps, close };
	} catch (error) {
		close();
		throw error;
	}
}

function openProcess(pid: number): number {
	const fd: number = getLibc().syscall(SYS_PIDFD_OPEN, pid, 0, 0);
	if (fd < 0) throw refusedLook(pid, koffi.errno());
	return fd;
}

/** What it opens or closes meanwhile is no map of the data path: those stay open. */
function mapFds(pid: number): number[] {
	try {
		return readdirSync(`/proc/${pid}/fd`)
			.filter((fd) => linkOrEmpty(`/proc/${pid}/fd/${fd}`) === "anon_inode:bpf-map")
			.map(Number);
	} catch (error) {
		throw refusedLook(pid, -((error as NodeJS.ErrnoException).errno ?? 0));
	}
}

function linkOrEmpty(path: string): string {
	try {
		return readlinkSync(path);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
		throw error;
	}
}

function refusedLook(pid: number, errno: number): KernelError {
	const advice = isRefusal(errno)
		? "it belongs to somebody else, or has more rights: expected root"
		: "there is no such process";
	return new KernelError(`look into process ${pid}`, errno, advice);
}

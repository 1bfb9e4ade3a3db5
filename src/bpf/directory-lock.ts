/** A directory that one process at a time has: by flock(2), which ends with the process, however that ends. */
import { closeSync, constants, openSync, readFileSync, statSync } from "node:fs";
import koffi from "koffi";
import { EAGAIN, KernelError } from "./kernel-error.ts";
import { getLibc } from "./libbpf.ts";

/** LOCK_EX | LOCK_NB */
const EXCLUSIVE_AT_ONCE = 2 | 4;

export interface DirectoryLock {
	close(): void;
}

/** @throws when another process has it, with the pid of that process where it can be told */
export function lockDirectory(directory: string): DirectoryLock {
	const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
	const result: number = getLibc().flock(fd, EXCLUSIVE_AT_ONCE);
	if (result === 0) return { close: () => closeSync(fd) };
	const errno = koffi.errno();
	closeSync(fd);
	const action = `lock ${directory}`;
	if (errno !== EAGAIN) throw new KernelError(action, errno);
	const pid = holderOf(directory);
	// Of a process in another pid namespace, /proc/locks does not tell.
	const holder = pid === undefined ? "a process that cannot be seen from here" : `process ${pid}`;
	throw new Error(`Cannot ${action}: ${holder} has it, expected to be the only one`);
}

/** Pid; undefined: none, or one in another pid namespace. `1: FLOCK  ADVISORY  WRITE 6459 00:27:1299282 0 EOF`: pid, then device (hexadecimal) and inode. */
export function holderOf(directory: string): number | undefined {
	const { dev, ino } = statSync(directory);
	const file = `${deviceText(dev)}:${ino}`;
	for (const line of readFileSync("/proc/locks", "utf8").split("\n")) {
		const [, kind, , , pid, locked] = line.split(/\s+/);
		if (kind === "FLOCK" && locked === file && Number(pid) > 0) return Number(pid);
	}
	return undefined;
}

/** Major and minor as the kernel packs them for stat(2): 12 bits of the major lie between 8 and 12 of the minor. */
function deviceText(dev: number): string {
	const major = (dev >>> 8) & 0xfff;
	const minor = (dev & 0xff) | ((dev >>> 12) & 0xfff00);
	return [major, minor].map((number) => number.toString(16).padStart(2, "0")).join(":");
}

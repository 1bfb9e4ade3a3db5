/** Errors of the kernel in words: what was tried, what it said, what to do. */
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { getSystemErrorName } from "node:util";
import koffi from "koffi";

export const { ENOENT, ENOSPC, EEXIST, EPERM, EACCES, EINVAL, ENODEV, ENOMEM, E2BIG, EAGAIN } =
	constants.errno;

/** What each capability is for; bit numbers from linux/capability.h. */
const CAPABILITIES = [
	{ name: "CAP_NET_ADMIN", bit: 12, purpose: "attach programs to interfaces" },
	{ name: "CAP_PERFMON", bit: 38, purpose: "load programs that use pointers freely" },
	{ name: "CAP_BPF", bit: 39, purpose: "load programs and read maps" },
] as const;

const CAP_SYS_ADMIN_BIT = 21;

export class KernelError extends Error {
	/** Positive errno. */
	readonly errno: number;

	constructor(action: string, errno: number, advice = adviceFor(errno)) {
		super(`Cannot ${action}: ${getSystemErrorName(-errno)}${advice && `, ${advice}`}`);
		this.errno = errno;
	}
}

/** The result of a libbpf call, or a KernelError when it is -errno. */
export function check(result: number, action: string): number {
	if (result < 0) throw new KernelError(action, -result);
	return result;
}

/** The result of a libc call, or a KernelError when it is -1. */
export function checkErrno(result: number, action: string): number {
	if (result < 0) throw new KernelError(action, koffi.errno());
	return result;
}

function adviceFor(errno: number): string {
	if (errno === EPERM || errno === EACCES) return permissionAdvice(missingCapabilities());
	if (errno === ENOMEM)
		return "the memory limit of this process or container is too low for the configured limits";
	return "";
}

export function permissionAdvice(missing: readonly string[]): string {
	if (missing.length === 0) return "although no capability is missing: seccomp or lockdown may forbid it";
	return `missing ${missing.join(" and ")}`;
}

/** Capabilities of ours that this process lacks, each with its purpose. */
export function missingCapabilities(status = readFileSync("/proc/self/status", "utf8")): string[] {
	const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? "0"}`);
	const has = (bit: number) => ((effective >> BigInt(bit)) & 1n) === 1n;
	return CAPABILITIES.filter(({ name, bit }) => {
		// Before CAP_BPF and CAP_PERFMON were split from it (Linux 5.8), CAP_SYS_ADMIN held both.
		return !has(bit) && !(name !== "CAP_NET_ADMIN" && has(CAP_SYS_ADMIN_BIT));
	}).map(({ name, purpose }) => `${name} (to ${purpose})`);
}

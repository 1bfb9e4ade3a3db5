/** Errors of the kernel in words: what was tried, what it said, what to do. */
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { getSystemErrorName } from "node:util";
import koffi from "koffi";

export const { ENOENT, ENOSPC, EEXIST, EPERM, EACCES, EINVAL, ENODEV, ENOMEM, E2BIG, EAGAIN } =
	constants.errno;

interface Capability {
	readonly name: string;
	/** From linux/capability.h. */
	readonly bit: number;
	readonly purpose: string;
}

const CAP_SYS_ADMIN: Capability = {
	name: "CAP_SYS_ADMIN",
	bit: 21,
	purpose: "enter other network namespaces",
};

/** What loading, attaching and reading needs. */
const CAPABILITIES: readonly Capability[] = [
	{ name: "CAP_NET_ADMIN", bit: 12, purpose: "load programs for interfaces and attach them" },
	{ name: "CAP_PERFMON", bit: 38, purpose: "load programs that compare pointers" },
	{ name: "CAP_BPF", bit: 39, purpose: "load programs and read maps" },
];
export const TO_ENTER_NAMESPACES: readonly Capability[] = [CAP_SYS_ADMIN];
export const TO_TIME_PROGRAMS: readonly Capability[] = [{ ...CAP_SYS_ADMIN, purpose: "time BPF programs" }];

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

export function adviceFor(errno: number): string {
	if (isRefusal(errno)) return permissionAdvice(missingCapabilities());
	if (errno === ENOMEM)
		return "the memory limit of this process or container is too low for the configured limits";
	return "";
}

/** Whether the kernel said that this process may not. */
export function isRefusal(errno: number): boolean {
	return errno === EPERM || errno === EACCES;
}

export function permissionAdvice(missing: readonly string[]): string {
	if (missing.length === 0) return "although no capability is missing: seccomp or lockdown may forbid it";
	return `missing ${missing.join(", ")}`;
}

/** Those of `needed` that this process lacks, each with its purpose. */
export function missingCapabilities(
	needed = CAPABILITIES,
	status = readFileSync("/proc/self/status", "utf8"),
): string[] {
	const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? "0"}`);
	const has = ({ bit }: Capability) => ((effective >> BigInt(bit)) & 1n) === 1n;
	// Before CAP_BPF and CAP_PERFMON were split from it (Linux 5.8), CAP_SYS_ADMIN held both.
	const isCovered = ({ name }: Capability) => name !== "CAP_NET_ADMIN" && has(CAP_SYS_ADMIN);
	return needed
		.filter((capability) => !has(capability) && !isCovered(capability))
		.map(({ name, purpose }) => `${name} (to ${purpose})`);
}

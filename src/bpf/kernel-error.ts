/** Errors of the kernel in words: what was tried, what it said, what to do. */
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { getSystemErrorName } from "node:util";
import koffi from "koffi";
import { type CapabilityName, hasCapability, parseCapabilities } from "./capabilities.ts";
import { isGivenUp } from "./handover.ts";

export const { ENOENT, ENOSPC, EEXIST, EPERM, EACCES, EINVAL, ENODEV, ENOMEM, E2BIG, EAGAIN } =
	constants.errno;

/** A capability, and what it is for: the feature that is lost without it. */
export interface Need {
	readonly name: CapabilityName;
	readonly purpose: string;
}

/** What loading needs; and attaching, where the kernel has no tcx. Reading a map that is open needs none. */
export const TO_LOAD: readonly Need[] = [
	{ name: "CAP_NET_ADMIN", purpose: "load programs for interfaces and attach them" },
	{ name: "CAP_PERFMON", purpose: "load programs that compare pointers" },
	{ name: "CAP_BPF", purpose: "load programs and read maps" },
];
export const TO_ENTER_NAMESPACES: readonly Need[] = [
	{ name: "CAP_SYS_ADMIN", purpose: "enter other network namespaces" },
];
export const TO_TIME_PROGRAMS: readonly Need[] = [{ name: "CAP_SYS_ADMIN", purpose: "time BPF programs" }];
export const TO_READ_NFTABLES: readonly Need[] = [{ name: "CAP_NET_ADMIN", purpose: "read nftables rules" }];
export const TO_SEE_OTHERS_MAPS: readonly Need[] = [
	{ name: "CAP_SYS_ADMIN", purpose: "find maps by id and read their BTF" },
];
export const TO_ATTACH_FILTERS: readonly Need[] = [
	{ name: "CAP_NET_ADMIN", purpose: "attach programs where the kernel has no tcx" },
];

export class KernelError extends Error {
	/** Positive errno. */
	readonly errno: number;

	constructor(action: string, errno: number, advice: string = adviceFor(errno)) {
		super(`Cannot ${action}: ${getSystemErrorName(-errno)}${advice && `, ${advice}`}`);
		this.errno = errno;
	}
}

/** The result of a libbpf call, or a KernelError when it is -errno. */
export function check(result: number, action: string, needed = TO_LOAD): number {
	if (result < 0) throw new KernelError(action, -result, adviceFor(-result, needed));
	return result;
}

/** The result of a libc call, or a KernelError when it is -1. */
export function checkErrno(result: number, action: string): number {
	if (result < 0) throw new KernelError(action, koffi.errno());
	return result;
}

export function adviceFor(errno: number, needed = TO_LOAD): string {
	if (isRefusal(errno)) return permissionAdvice(missingCapabilities(needed));
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
	needed = TO_LOAD,
	status = readFileSync("/proc/self/status", "utf8"),
): string[] {
	const effective = parseCapabilities(status, "CapEff");
	// Before CAP_BPF and CAP_PERFMON were split from it (Linux 5.8), CAP_SYS_ADMIN held both.
	const isCovered = ({ name }: Need) => name !== "CAP_NET_ADMIN" && hasCapability(effective, "CAP_SYS_ADMIN");
	return needed
		.filter((need) => !hasCapability(effective, need.name) && !isCovered(need))
		.map(({ name, purpose }) => `${name} (to ${purpose}${isGivenUp(name) ? GIVEN_UP : ""})`);
}

const GIVEN_UP = "; given up after the start, see security.drop_capabilities";

/** Capabilities(7): those that this process has, and less of them for the thread that calls. */
import { readFileSync } from "node:fs";
import { getLibc } from "./libbpf.ts";

/** From linux/capability.h. */
const BITS = {
	CAP_DAC_READ_SEARCH: 2,
	CAP_NET_BIND_SERVICE: 10,
	CAP_NET_ADMIN: 12,
	CAP_SYS_PTRACE: 19,
	CAP_SYS_ADMIN: 21,
	CAP_PERFMON: 38,
	CAP_BPF: 39,
} as const;

export type CapabilityName = keyof typeof BITS;

/** Bit N stands for the capability of that number. */
export type CapabilitySet = bigint;

export function capabilitySet(names: Iterable<CapabilityName>): CapabilitySet {
	let set = 0n;
	for (const name of names) set |= 1n << BigInt(BITS[name]);
	return set;
}

export function namesIn(set: CapabilitySet): CapabilityName[] {
	return (Object.keys(BITS) as CapabilityName[]).filter((name) => hasCapability(set, name));
}

export function hasCapability(set: CapabilitySet, name: CapabilityName): boolean {
	return (set & capabilitySet([name])) !== 0n;
}

type SetName = "CapEff" | "CapPrm" | "CapInh";

/** `status`: text of a /proc/PID/status. */
export function parseCapabilities(status: string, which: SetName): CapabilitySet {
	return BigInt(`0x${new RegExp(`^${which}:\\s*([0-9a-f]+)`, "m").exec(status)?.[1] ?? "0"}`);
}

export function ownCapabilities(which: SetName): CapabilitySet {
	return parseCapabilities(readFileSync("/proc/thread-self/status", "utf8"), which);
}

export interface CapabilitySets {
	readonly effective: CapabilitySet;
	readonly permitted: CapabilitySet;
	readonly inheritable: CapabilitySet;
}

const VERSION_3 = 0x20080522;
const LOW = 0xffffffffn;

/** Of this thread alone: the kernel knows no other way. False when it refuses. */
export function setCapabilities({ effective, permitted, inheritable }: CapabilitySets): boolean {
	const header = Buffer.alloc(8);
	header.writeUInt32LE(VERSION_3, 0);
	// Two struct __user_cap_data_struct: the lower 32 bits of the three sets, then the upper ones.
	const words = [0n, 32n].flatMap((shift) =>
		[effective, permitted, inheritable].map((set) => Number((set >> shift) & LOW)),
	);
	return getLibc().capset(header, Buffer.from(Uint32Array.from(words).buffer)) === 0;
}

/** Calls `action` as this thread would be with no more than `set`. It must do its work before it returns. */
export function withOnly<T>(set: CapabilitySet, action: () => T): T {
	const before = {
		effective: ownCapabilities("CapEff"),
		permitted: ownCapabilities("CapPrm"),
		inheritable: ownCapabilities("CapInh"),
	};
	setCapabilities({ ...before, effective: before.effective & set });
	try {
		return action();
	} finally {
		setCapabilities(before);
	}
}

import { constants } from "node:os";
import { expect, test } from "vitest";
import { check, KernelError, missingCapabilities, permissionAdvice } from "../../src/bpf/kernel-error.ts";

const { EINVAL, ENOMEM, ENOSPC } = constants.errno;

const NET_ADMIN = "CAP_NET_ADMIN (to load programs for interfaces and attach them)";
const PERFMON = "CAP_PERFMON (to load programs that compare pointers)";
const BPF = "CAP_BPF (to load programs and read maps)";

function status(...bits: number[]): string {
	const effective = bits.reduce((mask, bit) => mask | (1n << BigInt(bit)), 0n);
	return `Name:\tnode\nCapPrm:\t000001ffffffffff\nCapEff:\t${effective.toString(16).padStart(16, "0")}\nCapBnd:\t0\n`;
}

test.each([
	{ what: "all of them", bits: [12, 38, 39], missing: [] },
	{ what: "none", bits: [], missing: [NET_ADMIN, PERFMON, BPF] },
	{ what: "all but CAP_PERFMON", bits: [12, 39], missing: [PERFMON] },
	{ what: "all but CAP_BPF", bits: [12, 38], missing: [BPF] },
	{ what: "CAP_SYS_ADMIN, which holds two of them", bits: [21], missing: [NET_ADMIN] },
	{ what: "CAP_SYS_ADMIN and CAP_NET_ADMIN", bits: [12, 21], missing: [] },
	{ what: "others", bits: [0, 1, 5], missing: [NET_ADMIN, PERFMON, BPF] },
])("a process that has $what", ({ bits, missing }) => {
	expect(missingCapabilities(undefined, status(...bits))).toEqual(missing);
});

test("a refusal names what is missing, or what else may refuse", () => {
	expect(permissionAdvice([PERFMON, BPF])).toBe(`missing ${PERFMON}, ${BPF}`);
	expect(permissionAdvice([])).toBe("although no capability is missing: seccomp or lockdown may forbid it");
});

test("an error says what was tried, what the kernel said, and what to do", () => {
	expect(new KernelError("load the BPF programs", EINVAL).message).toBe(
		"Cannot load the BPF programs: EINVAL",
	);
	expect(new KernelError("make map flows", ENOMEM).message).toBe(
		"Cannot make map flows: ENOMEM, the memory limit of this process or container is too low for the configured limits",
	);
	expect(new KernelError("open x", EINVAL, "it is no object").message).toBe(
		"Cannot open x: EINVAL, it is no object",
	);
});

test("a result below zero is an error, any other is the result", () => {
	expect(check(3, "count")).toBe(3);
	expect(() => check(-ENOSPC, "write a row")).toThrow(new KernelError("write a row", ENOSPC));
});

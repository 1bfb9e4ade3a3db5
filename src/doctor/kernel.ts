/** The kernel: its version, tcx, and the JIT. */
import { existsSync, readFileSync } from "node:fs";
import { release } from "node:os";
import { hasTcx } from "../bpf/tcx-programs.ts";
import { type Fact, fail, ok, warn } from "./fact.ts";

const OLDEST = { major: 6, minor: 1 };
const JIT = "/proc/sys/net/core/bpf_jit_enable";

export function checkKernel(): Fact[] {
	return [versionFact(release()), tcxFact(), jitFact()];
}

export function versionFact(version: string): Fact {
	const [major = 0, minor = 0] = version.split(".").map((part) => Number.parseInt(part, 10));
	if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor))
		return ok(`Linux ${version}`);
	const oldest = `${OLDEST.major}.${OLDEST.minor}`;
	return fail(`Linux ${version}, expected ${oldest} or newer`, "boot a newer kernel");
}

function tcxFact(): Fact {
	if (hasTcx()) return ok("tcx: programs are attached by links, without CAP_NET_ADMIN");
	return ok("no tcx (Linux 6.6 has it): programs are attached as clsact filters, and CAP_NET_ADMIN is kept");
}

function jitFact(): Fact {
	// Without the file the kernel was built to use nothing else.
	if (!existsSync(JIT) || readFileSync(JIT, "utf8").trim() !== "0")
		return ok("BPF programs are compiled (JIT)");
	return warn(
		"BPF programs are interpreted, which costs several times as much",
		"sysctl net.core.bpf_jit_enable=1",
	);
}

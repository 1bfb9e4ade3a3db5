/** The C libraries that are found at run time. */
import { getLibbpf } from "../bpf/libbpf.ts";
import { hasLibnftables } from "../bpf/libnftables.ts";
import { type Fact, fail, ok, type Patient } from "./fact.ts";

export function checkLibraries({ needs }: Patient): Fact[] {
	return [libbpfFact(), libnftablesFact(needs.some(({ purpose }) => purpose.includes("nftables")))];
}

function libbpfFact(): Fact {
	try {
		return ok(`libbpf ${getLibbpf().libbpf_version_string()}`);
	} catch (error) {
		return fail((error as Error).message, "apt-get install libbpf1");
	}
}

function libnftablesFact(isNeeded: boolean): Fact {
	if (hasLibnftables()) return ok("libnftables is found");
	if (!isNeeded) return ok("libnftables is not found; nothing in this configuration needs it");
	return fail(
		"libnftables is not found: neither services nor drops of nftables are",
		"apt-get install libnftables1",
	);
}

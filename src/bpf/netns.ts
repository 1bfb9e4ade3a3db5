/** Other network namespaces. */
import { closeSync, openSync } from "node:fs";
import { checkErrno } from "./kernel-error.ts";
import { getLibc } from "./libbpf.ts";

const CLONE_NEWNET = 0x40000000;

/**
 * Calls `action` with this thread in the network namespace at `path` (as /run/netns/NAME), or where it is when `path` is
 * undefined. It must do its work before it returns: what it starts for later happens in the own namespace.
 */
export function inNamespace<T>(path: string | undefined, action: () => T): T {
	if (path === undefined) return action();
	const own = openSync("/proc/self/ns/net", "r");
	try {
		enter(path);
		return action();
	} finally {
		checkErrno(getLibc().setns(own, CLONE_NEWNET), "return to the own network namespace");
		closeSync(own);
	}
}

function enter(path: string): void {
	const other = openSync(path, "r");
	try {
		checkErrno(getLibc().setns(other, CLONE_NEWNET), `enter network namespace ${path}`);
	} finally {
		closeSync(other);
	}
}

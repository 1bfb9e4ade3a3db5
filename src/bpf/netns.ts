/** Other network namespaces. */
import { closeSync, openSync } from "node:fs";
import koffi from "koffi";
import {
	checkErrno,
	EINVAL,
	isRefusal,
	KernelError,
	missingCapabilities,
	permissionAdvice,
	TO_ENTER_NAMESPACES,
} from "./kernel-error.ts";
import { getLibc } from "./libbpf.ts";

const CLONE_NEWNET = 0x40000000;

/** It may come yet, or come back. */
export class NoSuchNamespace extends Error {}

/**
 * Calls `action` with this thread in the network namespace at `path` (as /run/netns/NAME), or where it is when `path` is
 * undefined. It must do its work before it returns: what it starts for later happens in the own namespace.
 */
export function inNamespace<T>(path: string | undefined, action: () => T): T {
	if (path === undefined) return action();
	const own = openSync("/proc/self/ns/net", "r");
	try {
		enter(path);
		try {
			return action();
		} finally {
			checkErrno(getLibc().setns(own, CLONE_NEWNET), "return to the own network namespace");
		}
	} finally {
		closeSync(own);
	}
}

/** @throws when this process may not enter the namespace; one that is not there yet is no reason. */
export function requireEntry(path: string): void {
	try {
		inNamespace(path, () => {});
	} catch (error) {
		if (!(error instanceof NoSuchNamespace)) throw error;
	}
}

function enter(path: string): void {
	const other = openNamespace(path);
	try {
		if (getLibc().setns(other, CLONE_NEWNET) < 0) throw refusedEntry(path, koffi.errno());
	} finally {
		closeSync(other);
	}
}

function openNamespace(path: string): number {
	try {
		return openSync(path, "r");
	} catch (error) {
		const { code, message } = error as NodeJS.ErrnoException;
		if (code !== "ENOENT") throw new Error(`Cannot open network namespace ${path}: ${message}`);
		throw new NoSuchNamespace(`there is no network namespace ${path}`);
	}
}

function refusedEntry(path: string, errno: number): KernelError {
	const action = `enter network namespace ${path}`;
	if (isRefusal(errno))
		return new KernelError(action, errno, permissionAdvice(missingCapabilities(TO_ENTER_NAMESPACES)));
	// Also for a moment true of /run/netns/NAME while `ip netns add` makes it.
	return new KernelError(action, errno, errno === EINVAL ? "it is no network namespace" : undefined);
}

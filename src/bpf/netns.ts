/** Other network namespaces. */
import { closeSync, openSync, readdirSync, statSync } from "node:fs";
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
/** Of the thread that calls, not of the one that began the process. */
const OWN_NAMESPACE = "/proc/thread-self/ns/net";

/** It may come yet, or come back. */
export class NoSuchNamespace extends Error {}

/**
 * Calls `action` with this thread in the network namespace at `path` (as /run/netns/NAME), or where it is when `path` is
 * undefined. It must do its work before it returns: what it starts for later happens in the own namespace.
 */
export function inNamespace<T>(path: string | undefined, action: () => T): T {
	if (path === undefined) return action();
	const own = openSync(OWN_NAMESPACE, "r");
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

/** What the kernel tells a namespace by as long as it is there; later it may be that of another one. */
export function namespaceInode(path: string | undefined): number {
	return inNamespace(path, () => statSync(OWN_NAMESPACE).ino);
}

/** Where the namespace with this inode is: its `path`, undefined for the own one. Undefined when it is nowhere in sight. */
export function findNamespace(inode: number): { readonly path: string | undefined } | undefined {
	if (inodeOrNone(OWN_NAMESPACE) === inode) return { path: undefined };
	for (const path of namespacePaths()) if (inodeOrNone(path) === inode) return { path };
	return undefined;
}

/** Those with a name, then those of all processes. */
function* namespacePaths(): Generator<string> {
	for (const name of namesIn("/run/netns")) yield `/run/netns/${name}`;
	for (const name of namesIn("/proc")) if (/^\d+$/.test(name)) yield `/proc/${name}/ns/net`;
}

function namesIn(directory: string): string[] {
	try {
		return readdirSync(directory);
	} catch {
		// Without a named namespace there is no /run/netns.
		return [];
	}
}

function inodeOrNone(path: string): number | undefined {
	try {
		return statSync(path).ino;
	} catch {
		// The process has ended meanwhile, or belongs to somebody else.
		return undefined;
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

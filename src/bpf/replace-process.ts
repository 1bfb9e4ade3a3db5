/**
 * This program started anew in the same process, with fewer capabilities. There is no other way to take them from every
 * thread: capset(2) is for the calling thread only, and V8 has made threads of its own before the first line ran.
 */
import { type CapabilitySet, setCapabilities } from "./capabilities.ts";
import { checkErrno } from "./kernel-error.ts";
import { getLibc } from "./libbpf.ts";

const PR_SET_NO_NEW_PRIVS = 38;
const PR_CAP_AMBIENT = 47;
const PR_CAP_AMBIENT_RAISE = 2;
const PR_CAP_AMBIENT_CLEAR_ALL = 4;
const F_SETFD = 2;
const MAX_CAPABILITY = 63n;
/** Node marks them as not to be inherited. */
const STANDARD_STREAMS = [0, 1, 2];

export interface Replacement {
	/** What is left, in all threads. No more than this process has. */
	readonly capabilities: CapabilitySet;
	/** File descriptors that stay open, besides the standard streams. */
	readonly keepOpen: readonly number[];
	/** In addition to the environment of now. */
	readonly environment: Readonly<Record<string, string>>;
}

/** @throws when the kernel refuses */
export function replaceProcess({ capabilities, keepOpen, environment }: Replacement): never {
	const sets = { effective: capabilities, permitted: capabilities, inheritable: capabilities };
	// With it, execve(2) gives nothing that is not permitted before: not even to root.
	checkErrno(getLibc().prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "set no_new_privs");
	checkErrno(setCapabilities(sets) ? 0 : -1, "give up capabilities");
	raiseAmbient(capabilities);
	for (const fd of [...STANDARD_STREAMS, ...keepOpen]) getLibc().fcntl(fd, F_SETFD, 0);
	const command = [process.argv0, ...process.execArgv, ...process.argv.slice(1)];
	const variables = Object.entries({ ...process.env, ...environment }).map(
		([key, value]) => `${key}=${value}`,
	);
	checkErrno(getLibc().execve(process.execPath, [...command, null], [...variables, null]), "start anew");
	throw new Error("execve(2) has returned");
}

/** Whoever is not root keeps nothing over execve(2) but these. */
function raiseAmbient(capabilities: CapabilitySet): void {
	getLibc().prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	for (let bit = 0n; bit <= MAX_CAPABILITY; bit++) {
		if (((capabilities >> bit) & 1n) === 0n) continue;
		const result: number = getLibc().prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, Number(bit), 0, 0);
		checkErrno(result, `keep capability ${bit}`);
	}
}

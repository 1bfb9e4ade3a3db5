/** What outlives the exporter, and where. */
import { join } from "node:path";
import { type DirectoryLock, lockDirectory } from "../bpf/directory-lock.ts";
import { makePinDirectory, whyNoPins } from "../bpf/pins.ts";
import type { Config } from "../config/config.ts";

/** Links are not in the directory of a set of maps: they stay when the set is changed for another. */
export const LINKS = "links";

export interface Pinned {
	/** Directory of the sets of maps. */
	readonly root: string;
	/** Directory of what is attached. */
	readonly links: string;
	readonly lock: DirectoryLock;
}

/** Undefined, with the reason, when nothing can be pinned. @throws when another exporter uses the pins */
export function takePins({ pins: { enabled, path } }: Config): Pinned | { readonly reason: string } {
	if (!enabled) return { reason: "pins.enabled is false" };
	const reason = whyNoPins(path);
	if (reason !== undefined) return { reason };
	makePinDirectory(path);
	return { root: path, links: join(path, LINKS), lock: lockDirectory(path) };
}

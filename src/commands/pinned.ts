/** What outlives the exporter, and where. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { LINKS } from "../bpf/attachment-pins.ts";
import { type DirectoryLock, lockDirectory } from "../bpf/directory-lock.ts";
import { removeAllAttachments } from "../bpf/leftovers.ts";
import { makePinDirectory, whyNoPins } from "../bpf/pins.ts";
import type { Config } from "../config/config.ts";
import { stopCountingDrops } from "../firewall/host-maps.ts";

/** Of the firewall of the host. */
export const HOST = "host";
/** Of the firewall of LoxiLB. */
export const LOXILB = "loxilb";
/** Of the lists of services. */
export const SERVICES = "services";
export const LISTS_THAT_LAST = ["service_lists"] as const;

export interface Pinned {
	/** Directory of the sets of maps. */
	readonly root: string;
	/** Directory of what is attached. */
	readonly links: string;
	/** Directory of what is counted of the host's firewall. */
	readonly host: string;
	/** Directory of what is counted of LoxiLB's. */
	readonly loxilb: string;
	/** Directory of the lists of services. */
	readonly services: string;
	readonly lock: DirectoryLock;
}

export interface NotPinned {
	readonly reason: string;
	/** What an earlier run had left attached, which would go on counting and dropping beside this one: taken off. */
	readonly detached: number;
}

/** @throws when another exporter uses the pins */
export function takePins({ pins: { enabled, path } }: Config): Pinned | NotPinned {
	if (!enabled) return { reason: "pins.enabled is false", detached: detachEarlier(path) };
	const reason = whyNoPins(path);
	if (reason !== undefined) return { reason, detached: 0 };
	makePinDirectory(path);
	return {
		root: path,
		links: join(path, LINKS),
		host: join(path, HOST),
		loxilb: join(path, LOXILB),
		services: join(path, SERVICES),
		lock: lockDirectory(path),
	};
}

function detachEarlier(path: string): number {
	if (!existsSync(path) || whyNoPins(path) !== undefined) return 0;
	const lock = lockDirectory(path);
	try {
		stopCountingDrops(join(path, HOST));
		return removeAllAttachments(join(path, LINKS)).length;
	} finally {
		lock.close();
	}
}

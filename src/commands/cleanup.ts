/** lbscope cleanup: removes what outlives the exporter. */
import { existsSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { LINKS } from "../bpf/attachment-pins.ts";
import { lockDirectory } from "../bpf/directory-lock.ts";
import { removeAllAttachments } from "../bpf/leftovers.ts";
import { removePinnedObject } from "../bpf/pinned-object.ts";
import { whyNoPins } from "../bpf/pins.ts";
import type { Config } from "../config/config.ts";
import { listSets, removeSet, removeUnfinished } from "../sources/map-sets.ts";
import { HOST, LOXILB, SERVICES } from "./pinned.ts";

/** @throws while an exporter runs on these pins, and when something stays, after all else is removed */
export function cleanup({ pins: { path } }: Config, say: (line: string) => void): void {
	if (!existsSync(path)) {
		say(`nothing to remove: there is no ${path}`);
		return;
	}
	const reason = whyNoPins(path);
	if (reason !== undefined) throw new Error(`Cannot clean up: ${reason}`);
	const lock = lockDirectory(path);
	try {
		const failed = removeAttached(path, say);
		removeUnfinished(path);
		for (const set of listSets(path)) {
			removeSet(set);
			say(`removed: the maps of ${set.directory}`);
		}
		for (const directory of [HOST, LOXILB, SERVICES]) removePinnedObject(join(path, directory));
		removeEmpty(join(path, LINKS), say);
		removeEmpty(path, say);
		if (failed > 0) throw new Error(`Cannot remove ${failed} of what is attached, see above`);
	} finally {
		lock.close();
	}
	say("ok");
}

/** Gives how many may still be there. */
function removeAttached(path: string, say: (line: string) => void): number {
	const removals = removeAllAttachments(join(path, LINKS));
	for (const { pin, failure } of removals) say(failure ? `left: ${failure}` : `removed: ${pin}`);
	return removals.filter(({ failure }) => failure !== undefined).length;
}

/** What others have put there is theirs. */
function removeEmpty(directory: string, say: (line: string) => void): void {
	if (!existsSync(directory)) return;
	if (readdirSync(directory).length === 0) rmdirSync(directory);
	else say(`left: ${directory}, which has other things in it`);
}

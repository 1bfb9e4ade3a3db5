/** lbscope cleanup: removes what outlives the exporter. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { lockDirectory } from "../bpf/directory-lock.ts";
import { removeAllAttachments } from "../bpf/leftovers.ts";
import { removePinDirectory } from "../bpf/pins.ts";
import type { Config } from "../config/config.ts";
import { listSets, removeSet } from "../sources/map-sets.ts";
import { LINKS } from "./pinned.ts";

/** @throws while an exporter runs on these pins, and when something stays, after all else is removed */
export function cleanup({ pins }: Config, say: (line: string) => void): void {
	if (!existsSync(pins.path)) {
		say(`nothing to remove: there is no ${pins.path}`);
		return;
	}
	const lock = lockDirectory(pins.path);
	try {
		const removals = removeAllAttachments(join(pins.path, LINKS));
		for (const { pin, failure } of removals) say(failure ? `left: ${failure}` : `removed: ${pin}`);
		removePinDirectory(join(pins.path, LINKS));
		for (const set of listSets(pins.path)) {
			removeSet(set);
			say(`removed: the maps of ${set.directory}`);
		}
		removePinDirectory(pins.path);
		const failed = removals.filter(({ failure }) => failure !== undefined);
		if (failed.length > 0) throw new Error(`Cannot remove ${failed.length} of what is attached, see above`);
	} finally {
		lock.close();
	}
	say("ok");
}

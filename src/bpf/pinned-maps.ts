/** Sets of maps that outlive the process which made them. */
import { renameSync } from "node:fs";
import { join } from "node:path";
import { describeMap } from "./describe.ts";
import { getLibc } from "./libbpf.ts";
import type { MapDescription } from "./map.ts";
import { makePinDirectory, openPin, pin, removePinDirectory } from "./pins.ts";

export interface PinnedMaps {
	/** Under the names that they were asked for. */
	readonly maps: ReadonlyMap<string, MapDescription>;
	/** The same as BpfObject takes them to reuse. */
	readonly fds: ReadonlyMap<string, number>;
	close(): void;
}

/** Into a directory that is not there yet. It appears with all of them or, if this is interrupted, not at all. */
export function pinMaps(directory: string, maps: Iterable<Pick<MapDescription, "name" | "fd">>): void {
	const staged = `${directory}_new`;
	removePinDirectory(staged);
	makePinDirectory(staged);
	for (const { name, fd } of maps) pin(fd, join(staged, name));
	renameSync(staged, directory);
}

/** Those of `names` that are pinned there. */
export function openPinnedMaps(directory: string, names: Iterable<string>): PinnedMaps {
	const maps = new Map<string, MapDescription>();
	const fds = new Map<string, number>();
	const close = () => {
		for (const fd of fds.values()) getLibc().close(fd);
		fds.clear();
	};
	try {
		for (const name of names) {
			const fd = openPin(join(directory, name));
			if (fd === undefined) continue;
			fds.set(name, fd);
			maps.set(name, { ...describeMap(fd), name });
		}
		return { maps, fds, close };
	} catch (error) {
		close();
		throw error;
	}
}

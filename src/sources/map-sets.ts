/**
 * Sets of lasting maps that were pinned, each in a directory `HASH_NUMBER`: the hash says which programs fit, the number
 * which set is newer. There is one, unless limits or layouts have changed and its counts are still being carried over.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { indexKey, lookup, type MapDescription } from "../bpf/map.ts";
import { openPinnedMaps } from "../bpf/pinned-maps.ts";
import { removePinDirectory, unpin } from "../bpf/pins.ts";
import { LASTING_MAPS, type Structs, structsOfSet } from "./lasting-maps.ts";
import { bindLastingLayouts, type LastingLayouts } from "./layouts.ts";

export interface SetName {
	readonly hash: string;
	readonly number: number;
	readonly directory: string;
}

/** Oldest first. */
export function listSets(root: string): SetName[] {
	if (!existsSync(root)) return [];
	return readdirSync(root)
		.flatMap((file) => {
			const [, hash, number] = /^([0-9a-f]{16})_(\d{1,9})$/.exec(file) ?? [];
			return hash && number ? [{ hash, number: Number(number), directory: join(root, file) }] : [];
		})
		.sort((a, b) => a.number - b.number);
}

export interface MapSet extends SetName {
	/** Of another version there may be fewer. */
	readonly maps: ReadonlyMap<string, MapDescription>;
	readonly fds: ReadonlyMap<string, number>;
	/** As they were in the program that made it. */
	readonly structs: Structs;
	readonly layouts: LastingLayouts;
	close(): void;
}

/** The pin that goes first when a set is removed, so that what is left of it is known by its absence. */
const FIRST_TO_GO = "about";

/** Undefined when its removal was interrupted. @throws when this version cannot read it */
export function openSet(name: SetName): MapSet | undefined {
	const { maps, fds, close } = openPinnedMaps(name.directory, LASTING_MAPS);
	try {
		const about = maps.get(FIRST_TO_GO);
		if (about) {
			const structs = structsOfSet(lookup(about, indexKey(0)) ?? Buffer.alloc(1));
			return { ...name, maps, fds, structs, layouts: bindLastingLayouts(structs), close };
		}
		close();
		return undefined;
	} catch (error) {
		close();
		throw new Error(`Cannot read the maps in ${name.directory}: ${(error as Error).message}`);
	}
}

export function removeSet({ directory }: SetName): void {
	unpin(join(directory, FIRST_TO_GO));
	removePinDirectory(directory);
}

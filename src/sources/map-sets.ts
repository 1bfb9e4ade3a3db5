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

/** What a run left that was killed while it made a set: nothing was counted into it yet. */
export function removeUnfinished(root: string): void {
	const files = existsSync(root) ? readdirSync(root) : [];
	for (const file of files) if (/^[0-9a-f]{16}_\d{1,9}_new$/.test(file)) removePinDirectory(join(root, file));
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

/** Maps whose counts a new set takes over. */
export interface Former {
	/** Of another version there may be fewer. */
	readonly maps: ReadonlyMap<string, MapDescription>;
	/** As they were in the program that made it. */
	readonly structs: Structs;
	readonly layouts: LastingLayouts;
}

export interface MapSet extends SetName, Former {
	readonly fds: ReadonlyMap<string, number>;
	close(): void;
}

/** The pin that goes first when a set is removed, so that what is left of it is known by its absence. */
const FIRST_TO_GO = "about";

/** This version cannot read the set: another one made it. */
export class ForeignSet extends Error {}

/** Undefined when its removal was interrupted. @throws {ForeignSet} */
export function openSet(name: SetName): MapSet | undefined {
	const { maps, fds, close } = openPinnedMaps(name.directory, LASTING_MAPS);
	try {
		const about = maps.get(FIRST_TO_GO);
		const row = about && lookup(about, indexKey(0));
		if (row) return { ...name, maps, fds, ...layoutsOf(name, row), close };
		close();
		return undefined;
	} catch (error) {
		close();
		throw error;
	}
}

function layoutsOf({ directory }: SetName, about: Buffer): Pick<MapSet, "structs" | "layouts"> {
	try {
		const structs = structsOfSet(about);
		return { structs, layouts: bindLastingLayouts(structs) };
	} catch (error) {
		throw new ForeignSet(`Cannot read the maps in ${directory}: ${(error as Error).message}`);
	}
}

export function removeSet({ directory }: SetName): void {
	unpin(join(directory, FIRST_TO_GO));
	removePinDirectory(directory);
}

/**
 * Sets of lasting maps that were pinned, each in a directory `HASH_NUMBER`: the hash says which programs fit, the number
 * which set is newer. There is one, unless limits or layouts have changed and its counts are still being carried over.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { indexKey, lookup, type MapDescription } from "../bpf/map.ts";
import { openPinnedMaps } from "../bpf/pinned-maps.ts";
import { removePinDirectory } from "../bpf/pins.ts";
import { LASTING_MAPS, type LastingMap, type Structs, structsOfSet } from "./lasting-maps.ts";

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
	readonly maps: ReadonlyMap<LastingMap, MapDescription>;
	readonly fds: ReadonlyMap<string, number>;
	/** As they were in the program that made it. */
	readonly structs: Structs;
	close(): void;
}

/** Undefined when a pin is missing: what is left of a set whose removal was interrupted. */
export function openSet(name: SetName): MapSet | undefined {
	const { maps, fds, close } = openPinnedMaps(name.directory, LASTING_MAPS);
	const about = maps.get("about");
	if (!about || LASTING_MAPS.some((map) => !maps.has(map))) {
		close();
		return undefined;
	}
	const row = lookup(about, indexKey(0)) ?? Buffer.alloc(1);
	return { ...name, maps: maps as MapSet["maps"], fds, structs: structsOfSet(row), close };
}

export function removeSet({ directory }: SetName): void {
	removePinDirectory(directory);
}

/** @throws when the set lacks it, which openSet() rules out */
export function mapOf({ maps, directory }: MapSet, name: LastingMap): MapDescription {
	const map = maps.get(name);
	if (!map) throw new Error(`Cannot find map ${name} in ${directory}`);
	return map;
}

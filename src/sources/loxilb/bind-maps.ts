/**
 * The maps of LoxiLB, opened for one poll. None is held between two: what LoxiLB gives up when it is restarted the kernel
 * frees, and each poll finds the maps that are there now. Offsets are taken from the BTF of the live maps, so that each
 * release is read as it was built.
 */
import { closeSync } from "node:fs";
import { describeMap, describeMapTypes } from "../../bpf/describe.ts";
import type { MapDescription } from "../../bpf/map.ts";
import { type MapTypes, readMapTypes } from "../../bpf/map-types.ts";
import { findMaps, type MapPlace } from "./find-maps.ts";

/** Its own identity is that of the map: the same at each poll, until LoxiLB makes another. */
export interface BoundMap extends MapDescription {
	readonly id: number;
	/** Fields by path, for bindFields(). */
	readonly types: MapTypes;
}

export interface OpenMaps<Name extends string> {
	readonly maps: Readonly<Record<Name, BoundMap>>;
	/** Another number than at the poll before: these are other maps. */
	readonly generation: number;
	close(): void;
}

export interface LoxilbMaps<Name extends string> {
	/** @throws when one of them is not there, or was made without BTF */
	open(): OpenMaps<Name>;
}

interface KnownMap extends BoundMap {
	fd: number;
}

/** `directory`: where they are pinned; undefined: where LoxiLB is found to have them. */
export function createLoxilbMaps<const Name extends string>(
	names: readonly Name[],
	directory: string | undefined,
): LoxilbMaps<Name> {
	const known = new Map<Name, KnownMap>();
	let place: MapPlace | undefined;
	let generation = 0;

	function bind(name: Name, fd: number): KnownMap {
		const ids = describeMapTypes(fd);
		const before = known.get(name);
		if (before?.id === ids.map) {
			before.fd = fd;
			return before;
		}
		const bound = { ...describeMap(fd), name, id: ids.map, types: readMapTypes(name, ids) };
		known.set(name, bound);
		generation++;
		return bound;
	}

	function openAll(fds: number[]): Record<Name, BoundMap> {
		if (!place?.isThere()) place = findMaps(directory);
		const { name: where, open } = place;
		const maps = names.map((name) => {
			const fd = open(name);
			if (fd === undefined) throw notThere(name, where);
			fds.push(fd);
			return [name, bind(name, fd)];
		});
		return Object.fromEntries(maps) as Record<Name, BoundMap>;
	}

	function open(): OpenMaps<Name> {
		const fds: number[] = [];
		const close = () => {
			for (const fd of fds.splice(0)) closeSync(fd);
		};
		try {
			return { maps: openAll(fds), generation, close };
		} catch (error) {
			close();
			throw error;
		}
	}

	return { open };
}

function notThere(name: string, where: string): Error {
	return new Error(`Cannot open map ${name} of LoxiLB: it is not in ${where}, expected LoxiLB to run`);
}

/** Where LoxiLB has its maps: in a directory that is configured, where its process pins them, or by id. */
import { closeSync, existsSync } from "node:fs";
import { join } from "node:path";
import { listMaps, openMapById } from "../../bpf/maps-by-id.ts";
import { findProcesses, isCalled } from "../../bpf/other-process.ts";
import { openPinToRead } from "../../bpf/pins.ts";

const PROCESS = "loxilb";
/** In the file system that LoxiLB sees, which is its container's. */
const PINS = "/opt/loxilb/dp/bpf";
/** The map that every release has. */
const FIRST = "ct_map";

export interface MapPlace {
	/** As messages call it. */
	readonly name: string;
	/** False: LoxiLB is another one since, or gone. */
	isThere(): boolean;
	/** A file descriptor that the caller must close; undefined when there is no such map here. */
	open(map: string): number | undefined;
}

/** @throws when there is none, or more than one to choose from */
export function findMaps(directory: string | undefined): MapPlace {
	if (directory !== undefined) return pinnedIn(directory, () => true);
	const pids = findProcesses(PROCESS);
	const [pid] = pids;
	if (pids.length > 1) throw tooMany(`there are ${pids.length} processes ${PROCESS} (${pids.join(", ")})`);
	// Without the right to look into that process there is nothing to see.
	if (pid === undefined || !existsSync(pinsOf(pid))) return placeById();
	return pinnedIn(pinsOf(pid), () => isCalled(pid, PROCESS));
}

function pinsOf(pid: number): string {
	return `/proc/${pid}/root${PINS}`;
}

function pinnedIn(directory: string, isThere: () => boolean): MapPlace {
	return { name: directory, isThere, open: (map) => openPinToRead(join(directory, map)) };
}

/** Ids are never given twice: a map of this id is the same one. */
function placeById(): MapPlace {
	const maps = listMaps();
	const idOf = (name: string) => {
		const ids = maps.filter((map) => map.name === name).map(({ id }) => id);
		if (ids.length > 1) throw tooMany(`the kernel has ${ids.length} maps ${name} (${ids.join(", ")})`);
		return ids[0];
	};
	const first = idOf(FIRST);
	if (first === undefined) throw nothingFound();
	return {
		name: "the kernel's list of maps",
		isThere: () => isLoaded(first),
		open: (map) => openIf(idOf(map)),
	};
}

function openIf(id: number | undefined): number | undefined {
	return id === undefined ? undefined : openMapById(id);
}

function isLoaded(id: number): boolean {
	const fd = openMapById(id);
	if (fd !== undefined) closeSync(fd);
	return fd !== undefined;
}

function tooMany(what: string): Error {
	return new Error(`Cannot find the maps of LoxiLB: ${what}, expected one, or loxilb.pins to say which`);
}

function nothingFound(): Error {
	return new Error(
		`Cannot find the maps of LoxiLB: there is no ${PINS} of a process ${PROCESS} to look into (which needs ` +
			`CAP_SYS_PTRACE), and no map ${FIRST} in the kernel, expected LoxiLB on this node, or loxilb.pins`,
	);
}

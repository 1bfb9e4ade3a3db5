/** A data path whose counts outlive the exporter, by pins; after changed limits or layouts they are carried over. */
import { join } from "node:path";
import { indexKey, update } from "../bpf/map.ts";
import type { BpfObject } from "../bpf/object.ts";
import { pinMaps } from "../bpf/pinned-maps.ts";
import { carryOver, openSuccessor } from "./carry-over.ts";
import { describeSet, LASTING_MAPS } from "./lasting-maps.ts";
import {
	ForeignSet,
	listSets,
	type MapSet,
	openSet,
	removeSet,
	removeUnfinished,
	type SetName,
} from "./map-sets.ts";
import {
	type DataPathOptions,
	loadDataPath,
	loadDataPathAside,
	openDataPath,
	setFor,
} from "./open-data-path.ts";
import { flowMapsOf, ownMapsOf } from "./shared-flows.ts";

export interface LastingDataPath {
	readonly object: BpfObject;
	/** Name of the set of its lasting maps. */
	readonly hash: string;
	/** Why counts of earlier runs are lost, if any are. */
	readonly forgotten: readonly string[];
	/**
	 * Takes over what former sets hold, and removes them. To be called when no program of them runs any more: those of
	 * `object` are attached in their place. Does nothing when there is none.
	 */
	carryOver(): Promise<void>;
	/** Instead of carryOver(), when its programs were not attached: as if it had not been opened. */
	abandon(): void;
	/** Counts stay where they are pinned. */
	close(): void;
}

export interface LastingOptions extends DataPathOptions {
	/** Directory of the sets, which this process alone uses. */
	readonly root: string;
	/** Of this program: for people who look into the pins. */
	readonly version: string;
}

/** Finds the set that fits, or makes one beside those that do not. */
export async function openLastingDataPath(options: LastingOptions): Promise<LastingDataPath> {
	const { sets, forgotten } = openSets(options.root);
	const newest = sets.at(-1);
	const fits = newest?.hash === setFor(options);
	try {
		const reuse = fits ? newest.fds : newest && flowMapsOf(newest, options);
		const wanted = { ...options, loaded: await loadDataPathAside(options, { ...(reuse && { reuse }) }) };
		const formers = ownMapsOf(fits ? sets.slice(0, -1) : sets, wanted.loaded);
		const { object, made } = fits
			? { object: openDataPath(wanted), made: undefined }
			: await makeSet(wanted, formers.at(-1));
		const close = () => {
			for (const set of sets) set.close();
			object.close();
		};
		return {
			object,
			hash: setFor(options),
			forgotten,
			async carryOver() {
				await carryOver(formers, object, options);
				for (const set of formers.splice(0)) {
					removeSet(set);
					set.close();
				}
			},
			abandon() {
				if (made) removeSet(made);
				close();
			},
			close,
		};
	} catch (error) {
		for (const set of sets) set.close();
		throw error;
	}
}

/** The programs with the maps that openLastingDataPath() is about to find, and nothing else done. */
export function loadLasting(options: LastingOptions): BpfObject {
	for (const name of listSets(options.root).reverse()) {
		const set = openOrNone(name);
		if (!set) continue;
		try {
			return loadDataPath(options, set.hash === setFor(options) ? { reuse: set.fds } : {});
		} finally {
			set.close();
		}
	}
	return loadDataPath(options);
}

function openOrNone(name: SetName): MapSet | undefined {
	try {
		return openSet(name);
	} catch (error) {
		if (error instanceof ForeignSet) return undefined;
		throw error;
	}
}

/** Oldest first. What is left of removed ones, and what this version cannot read, is removed for good. */
function openSets(root: string): { sets: MapSet[]; forgotten: string[] } {
	removeUnfinished(root);
	const forgotten: string[] = [];
	const sets = listSets(root).flatMap((name) => {
		try {
			const set = openSet(name);
			if (set) return set;
		} catch (error) {
			if (!(error instanceof ForeignSet)) throw error;
			forgotten.push(error.message);
		}
		removeSet(name);
		return [];
	});
	return { sets, forgotten };
}

interface Made {
	readonly object: BpfObject;
	/** Where it is pinned. */
	readonly made: SetName;
}

async function makeSet(options: LastingOptions, former: MapSet | undefined): Promise<Made> {
	const object = await openSuccessor(options, former);
	try {
		const about = object.map("about");
		update(about, indexKey(0), describeSet(object.structs, options.version, about.valueSize));
		const [hash, number] = [setFor(options), (former?.number ?? 0) + 1];
		const directory = join(options.root, `${hash}_${number}`);
		pinMaps(
			directory,
			LASTING_MAPS.map((name) => object.map(name)),
		);
		return { object, made: { hash, number, directory } };
	} catch (error) {
		object.close();
		throw error;
	}
}

/** A data path whose counts outlive the exporter, by pins; after changed limits or layouts they are carried over. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { indexKey, update } from "../bpf/map.ts";
import type { BpfObject } from "../bpf/object.ts";
import { pinMaps } from "../bpf/pinned-maps.ts";
import { stepsOf } from "./carry-steps.ts";
import { copyFlows } from "./copy-flows.ts";
import { copyMacs, copyNames } from "./copy-names.ts";
import { runStep } from "./inbox.ts";
import { describeSet, LASTING_MAPS } from "./lasting-maps.ts";
import { bindLayouts } from "./layouts.ts";
import {
	ForeignSet,
	listSets,
	type MapSet,
	openSet,
	removeSet,
	removeUnfinished,
	type SetName,
} from "./map-sets.ts";
import { type DataPathOptions, loadDataPath, openDataPath, setFor } from "./open-data-path.ts";

/** Packets that the former programs may still be at work on. */
const LAST_PACKETS_MS = 50;

export interface LastingDataPath {
	readonly object: BpfObject;
	/** Why counts of earlier runs are lost, if any are. */
	readonly forgotten: readonly string[];
	/**
	 * Takes over what former sets hold, and removes them. To be called when no program of them runs any more: those of
	 * `object` are attached in their place. Does nothing when there is none.
	 */
	carryOver(): Promise<void>;
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
		const object = fits ? openDataPath(options, { reuse: newest.fds }) : await makeSet(options, newest);
		const formers = fits ? sets.slice(0, -1) : sets;
		return {
			object,
			forgotten,
			carryOver: () => carryOver(formers, object, options),
			close() {
				for (const set of sets) set.close();
				object.close();
			},
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
			return loadDataPath(options, set.hash === setFor(options) ? set.fds : undefined);
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

async function makeSet(options: LastingOptions, former: MapSet | undefined): Promise<BpfObject> {
	const object = openDataPath(options, {
		prepare: (made) => former && copyNames(former, made),
	});
	try {
		if (former) await copyMacs(former, object);
		// Before the programs are swapped, so that hardly a flow is unknown then.
		if (former) await copyFlows(former, object, bindLayouts(object.structs));
		const about = object.map("about");
		update(about, indexKey(0), describeSet(object.structs, options.version, about.valueSize));
		const directory = join(options.root, `${setFor(options)}_${(former?.number ?? 0) + 1}`);
		pinMaps(
			directory,
			LASTING_MAPS.map((name) => object.map(name)),
		);
		return object;
	} catch (error) {
		object.close();
		throw error;
	}
}

async function carryOver(
	formers: readonly MapSet[],
	object: BpfObject,
	options: LastingOptions,
): Promise<void> {
	const newest = formers.at(-1);
	if (!newest) return;
	const layouts = bindLayouts(object.structs);
	await sleep(LAST_PACKETS_MS);
	await copyFlows(newest, object, layouts);
	const { clientPrefix } = options.limits;
	let number = 0;
	for await (const { program, rows } of stepsOf(formers, {
		structs: object.structs,
		layouts,
		clientPrefix,
	})) {
		await runStep(object, program, rows, layouts, ++number);
	}
	for (const set of formers) {
		removeSet(set);
		set.close();
	}
}

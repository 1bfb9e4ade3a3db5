/**
 * The start of `run`: loads the programs, which takes every right that lbscope has, and goes on with those alone that it
 * still needs. Nothing is attached or counted before.
 */
import { closeSync, existsSync, openSync } from "node:fs";
import { join } from "node:path";
import { LINKS } from "../bpf/attachment-pins.ts";
import {
	type CapabilitySet,
	capabilitySet,
	namesIn,
	ownCapabilities,
	withOnly,
} from "../bpf/capabilities.ts";
import { lockDirectory } from "../bpf/directory-lock.ts";
import { getHandover, handoverEnvironment } from "../bpf/handover.ts";
import type { Need } from "../bpf/kernel-error.ts";
import { takeLibbpfMessages } from "../bpf/libbpf-messages.ts";
import { linksInPlace } from "../bpf/links-in-place.ts";
import { descriptorsOf } from "../bpf/loaded-object.ts";
import { type BpfObject, DATA_PATH_OBJECT, SERVICE_LISTS_OBJECT } from "../bpf/object.ts";
import { openPinnedObject } from "../bpf/pinned-object.ts";
import { makePinDirectory, whyNoPins } from "../bpf/pins.ts";
import { replaceProcess } from "../bpf/replace-process.ts";
import type { Config } from "../config/config.ts";
import { findLoxilb } from "../discovery/loxilb/find-loxilb.ts";
import type { Log } from "../log.ts";
import { loadLasting } from "../sources/lasting-data-path.ts";
import { loadDataPath } from "../sources/open-data-path.ts";
import { readVersion } from "./build.ts";
import { neededLater } from "./needed-later.ts";
import { readNodeFacts } from "./node-facts.ts";
import { optionsOf } from "./open-path.ts";
import { LISTS_THAT_LAST, SERVICES } from "./pinned.ts";
import { requireNamespaces } from "./require-namespaces.ts";

/** `file`: of the configuration. Does not return where there is something to give up: the process begins anew, and then it does. */
export function giveUpRights(config: Config, file: string | undefined, log: Log): void {
	const handover = getHandover();
	if (handover) log.info("capabilities", { kept: handover.kept });
	else if (config.security.dropCapabilities === "never")
		log.info("capabilities", { kept: "all", reason: NEVER });
	else giveUp(config, file, log);
}

const NEVER = "security.drop_capabilities is never";

function giveUp(config: Config, file: string | undefined, log: Log): void {
	const held = ownCapabilities("CapPrm");
	const needs = lastingNeeds(config, file);
	const kept = held & setOf(needs);
	if (kept === held) {
		log.info("capabilities", { kept: textOf(needs, held) });
		return;
	}
	if (config.source === "own") requireNamespaces(config);
	const { objects, inPlace } = load(config);
	for (const message of takeLibbpfMessages()) log.warn("libbpf", { message });
	const loaded = Object.entries(objects).map(([path, object]) => [path, descriptorsOf(object)] as const);
	replaceProcess({
		capabilities: kept,
		keepOpen: loaded.flatMap(([, { maps, programs }]) => [
			...Object.values(maps),
			...Object.values(programs),
		]),
		environment: handoverEnvironment({
			objects: Object.fromEntries(loaded),
			inPlace,
			givenUp: namesIn(held & ~kept),
			kept: textOf(needs, held),
		}),
	});
}

/** What a run needs all its life. */
export function lastingNeeds(config: Config, file: string | undefined): Need[] {
	const around = {
		...readNodeFacts(),
		hasLoxilb: findLoxilb(config.loxilb.pins) !== undefined,
		hasFile: file !== undefined,
		readsFilesOfOthers: false,
	};
	const least = setOf(neededLater(config, around));
	const { tokenFile, caFile } = config.discovery.kubernetes;
	const { configFile, bearerTokensFile } = config.web;
	const named = [process.argv[1], file, tokenFile, caFile, configFile, bearerTokensFile];
	const files = named.filter((each) => each !== undefined && existsSync(each));
	const readsFilesOfOthers = withOnly(least, () => (files as string[]).some(isOutOfReach));
	return neededLater(config, { ...around, readsFilesOfOthers });
}

interface Loaded {
	/** By path of the object file. */
	readonly objects: Readonly<Record<string, BpfObject>>;
	readonly inPlace: string[];
}

function load(config: Config): Loaded {
	if (config.source === "loxilb") return { objects: {}, inPlace: [] };
	const { enabled, path } = config.pins;
	const options = optionsOf(config, config.services);
	if (!enabled || whyNoPins(path) !== undefined)
		return { objects: objectsOf(loadDataPath(options), undefined), inPlace: [] };
	makePinDirectory(path);
	// Ends when the process begins anew, and is taken again then.
	lockDirectory(path);
	const object = loadLasting({ ...options, root: path, version: readVersion() });
	return { objects: objectsOf(object, join(path, SERVICES)), inPlace: linksInPlace(join(path, LINKS)) };
}

function objectsOf(dataPath: BpfObject, services: string | undefined): Loaded["objects"] {
	const lists = openPinnedObject(SERVICE_LISTS_OBJECT, services, LISTS_THAT_LAST);
	return { [DATA_PATH_OBJECT]: dataPath, [SERVICE_LISTS_OBJECT]: lists.object };
}

function isOutOfReach(file: string): boolean {
	try {
		closeSync(openSync(file, "r"));
		return false;
	} catch {
		return true;
	}
}

function setOf(needs: readonly Need[]): CapabilitySet {
	return capabilitySet(needs.map(({ name }) => name));
}

/** `CAP_NET_ADMIN (to read nftables rules)` */
function textOf(needs: readonly Need[], held: CapabilitySet): string {
	const kept = needs.filter(({ name }) => (held & capabilitySet([name])) !== 0n);
	return kept.map(({ name, purpose }) => `${name} (to ${purpose})`).join(", ") || "none";
}

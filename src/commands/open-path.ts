/** The programs loaded as a configuration says, in maps that fit; beside those that run now, if any do. */
import type { Config } from "../config/config.ts";
import { firewallMapSizes } from "../firewall/firewall.ts";
import type { Service } from "../model/service.ts";
import { type LastingDataPath, openLastingDataPath } from "../sources/lasting-data-path.ts";
import { listSets } from "../sources/map-sets.ts";
import type { DataPathOptions } from "../sources/open-data-path.ts";
import { openPassingDataPath } from "../sources/passing-data-path.ts";
import { readVersion } from "./build.ts";

export type OpenedPath = LastingDataPath;

export type OpenPath = (
	config: Config,
	services: readonly Service[],
	before?: OpenedPath,
) => Promise<OpenedPath>;

export const openPassing: OpenPath = async (config, services, before) => ({
	...(await openPassingDataPath(optionsOf(config, services), before)),
	forgotten: [],
});

/** What ran before is found by its pins. */
export function openLasting(root: string): OpenPath {
	return async (config, services, before) => {
		if (before) requirePins(root, before);
		return openLastingDataPath({ ...optionsOf(config, services), root, version: readVersion() });
	};
}

/** Without them there would be a new set beside the one that is counted in, and nothing to carry over. */
function requirePins(root: string, { hash }: OpenedPath): void {
	if (listSets(root).at(-1)?.hash === hash) return;
	throw new Error(
		`Cannot load other programs: the maps that count now are pinned in ${root} no more, expected nobody to touch them; a restart begins anew`,
	);
}

export function optionsOf(config: Config, services: readonly Service[]): DataPathOptions {
	const { rules } = config.firewall;
	const { flows, pairs, services: mostServices, clientPrefix } = config.limits;
	return {
		services,
		limits: { flows, pairs, services: mostServices, clientPrefix },
		timeouts: config.timeouts,
		mapSizes: firewallMapSizes(rules),
		firewallRules: rules.length,
	};
}

/** The programs loaded as a configuration says, in maps that fit; beside those that run now, if any do. */
import type { Config } from "../config/config.ts";
import { firewallMapSizes } from "../firewall/firewall.ts";
import type { Service } from "../model/service.ts";
import { type LastingDataPath, openLastingDataPath } from "../sources/lasting-data-path.ts";
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
	return (config, services) =>
		openLastingDataPath({ ...optionsOf(config, services), root, version: readVersion() });
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

/** Network namespaces that a configuration names. */
import type { Config } from "../config/config.ts";
import { namespacesOfSources } from "./discovery-sources.ts";

/** Their files, each once. */
export function namespacesOf({ interfaces, health, firewall, discovery }: Config): Set<string> {
	const all = [
		...(interfaces === "auto" ? [] : interfaces.map(({ netns }) => netns)),
		health.netns,
		firewall.host ? firewall.netns : undefined,
		...namespacesOfSources(discovery),
	];
	return new Set(all.filter((netns) => netns !== undefined));
}

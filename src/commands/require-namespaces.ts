import { requireEntry } from "../bpf/netns.ts";
import type { Config } from "../config/config.ts";
import { namespacesOfSources } from "./discovery-sources.ts";

/** A right that is missing now will not come later, as an interface may. @throws when one is */
export function requireNamespaces({ interfaces, health, firewall, discovery }: Config): void {
	const ofInterfaces = interfaces === "auto" ? [] : interfaces.map(({ netns }) => netns);
	const others = [
		health.netns,
		firewall.host ? firewall.netns : undefined,
		...namespacesOfSources(discovery),
	];
	for (const netns of new Set([...ofInterfaces, ...others])) if (netns) requireEntry(netns);
}

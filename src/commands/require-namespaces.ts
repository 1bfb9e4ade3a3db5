import { requireEntry } from "../bpf/netns.ts";
import type { Config } from "../config/config.ts";
import { namespacesOf } from "./namespaces.ts";

/** A right that is missing now will not come later, as an interface may. @throws when one is */
export function requireNamespaces(config: Config): void {
	for (const netns of namespacesOf(config)) requireEntry(netns);
}

/** Which interfaces and namespaces the configuration means. */
import { type Found, findInterfaces } from "../bpf/find-interfaces.ts";
import type { Target } from "../bpf/target.ts";
import type { Config } from "../config/config.ts";

export interface LookedAt extends Target {
	/** As the kernel calls it, in its namespace. */
	readonly device: string;
}

export function targetsOf(config: Config): LookedAt[] {
	const { present } = findInterfaces(config.interfaces);
	return [...present].map(([label, found]) => targetOf(label, found));
}

function targetOf(label: string, { link, name }: Found): LookedAt {
	return { name: label, index: link.index, netns: name.netns, device: link.name };
}

/** Files of namespaces, undefined for the own one. */
export function namespacesOf({ interfaces }: Config): (string | undefined)[] {
	return interfaces === "auto" ? [undefined] : [...new Set(interfaces.map(({ netns }) => netns))];
}

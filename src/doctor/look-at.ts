/** Which interfaces and namespaces the configuration means. */
import { type Found, findInterfaces } from "../bpf/find-interfaces.ts";
import type { Target } from "../bpf/target.ts";
import type { Config } from "../config/config.ts";

export function targetsOf(config: Config): Target[] {
	const { present } = findInterfaces(config.interfaces);
	return [...present].map(([label, found]) => targetOf(label, found));
}

function targetOf(label: string, { link, name }: Found): Target {
	return { name: label, index: link.index, netns: name.netns };
}

/** Files of namespaces, undefined for the own one. */
export function namespacesOf({ interfaces }: Config): (string | undefined)[] {
	return interfaces === "auto" ? [undefined] : [...new Set(interfaces.map(({ netns }) => netns))];
}

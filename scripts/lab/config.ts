/** A config file with which lbscope watches a lab. */
import { writeFile } from "node:fs/promises";
import { stringify } from "yaml";
import type { Lab } from "./lab.ts";

/** `overrides` replaces whole top-level keys; in `health` it adds to the lab's own. */
export async function writeConfig(
	lab: Lab,
	path: string,
	overrides: Readonly<Record<string, unknown>> = {},
): Promise<void> {
	await writeFile(path, stringify(configOf(lab, overrides)));
}

export function configOf(
	lab: Lab,
	overrides: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
	const health = overrides.health as Record<string, unknown> | undefined;
	return {
		interfaces: lab.interfaces.map(({ name, netns }) => ({ name, netns })),
		services: lab.services.map(({ label, ...service }) => ({ name: label, ...service })),
		// A lab goes with its counts, and the pins of this machine are not its own.
		pins: { enabled: false },
		...overrides,
		// Endpoints can be reached from the load balancer's namespace, not from the host's.
		health: { netns: lab.balancer.path, ...health },
	};
}

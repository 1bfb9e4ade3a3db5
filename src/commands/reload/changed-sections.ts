/** What differs between two configurations. */
import { isDeepStrictEqual } from "node:util";
import type { Config } from "../../config/config.ts";
import type { Discovery } from "../../discovery/discovery.ts";

export type Section = keyof Config;

export function changedSections(before: Config, next: Config): Section[] {
	return (Object.keys(next) as Section[]).filter((key) => !isDeepStrictEqual(before[key], next[key]));
}

/** Those of `made` for which nothing has changed are replaced by those that run. */
export function keepRunning(
	running: readonly Discovery[],
	made: readonly Discovery[],
	{ before, next }: { readonly before: Config; readonly next: Config },
): Discovery[] {
	return made.map((source) => {
		const former = running.find(({ name }) => name === source.name);
		const asked = [before, next].map((config) => askedOf(source.name, config));
		return former && isDeepStrictEqual(asked[0], asked[1]) ? former : source;
	});
}

function askedOf(source: string, { services, discovery }: Config): unknown {
	return source === "static" ? services : discovery[source as keyof Config["discovery"]];
}

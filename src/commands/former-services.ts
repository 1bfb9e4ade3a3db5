/** What sources said to the run before, as long as they say nothing to this one. */
import { hash } from "node:crypto";
import type { Config } from "../config/config.ts";
import type { KeptLists, Lists } from "../discovery/kept-lists.ts";

export interface FormerServices {
	/** By name of the source; none where it was configured in another way. */
	load(): Promise<Lists>;
	/** By name. Never two at a time. */
	save(lists: Lists): Promise<void>;
}

type Sources = Config["discovery"];

export function formerServices(kept: KeptLists, sources: Sources): FormerServices {
	const names = Object.keys(sources) as (keyof Sources)[];
	const identities = new Map(names.map((name) => [name as string, identityOf(name, sources[name])]));
	return {
		async load() {
			const lists = await kept.load();
			return new Map([...identities].flatMap(([name, identity]) => pairOf(name, lists.get(identity))));
		},
		save: (lists) =>
			kept.save(new Map([...identities].flatMap(([name, identity]) => pairOf(identity, lists.get(name))))),
	};
}

function pairOf<T>(key: string, value: T | undefined): [string, T][] {
	return value === undefined ? [] : [[key, value]];
}

/** A hash, for there may be secrets in it. */
function identityOf(name: string, source: Sources[keyof Sources]): string {
	return `${name} ${hash("sha256", JSON.stringify(source), "hex").slice(0, 16)}`;
}

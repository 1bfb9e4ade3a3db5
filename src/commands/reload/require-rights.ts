/** Rights that were given up after the start do not come back. */
import { isGivenUp } from "../../bpf/handover.ts";
import type { Config } from "../../config/config.ts";
import { neededLater } from "../needed-later.ts";
import { readNodeFacts } from "../node-facts.ts";

/** @throws when what `config` wants takes one of them */
export function requireRights(config: Config): void {
	// What nobody asks for by name is no reason to refuse: without the rights it is not counted, as at the start.
	const facts = { ...readNodeFacts(), hasLoxilb: false, hasFile: true, readsFilesOfOthers: false };
	const missing = neededLater(config, facts).find(({ name }) => isGivenUp(name));
	if (missing)
		throw new Error(
			`Cannot ${missing.purpose}: ${missing.name} was given up after the start, expected a restart, or security.drop_capabilities: never`,
		);
}

/** Programs for another configuration, in the place of those that run. */
import { isDeepStrictEqual } from "node:util";
import type { InterfaceChange, InterfaceSet } from "../../bpf/interfaces.ts";
import type { BpfObject } from "../../bpf/object.ts";
import type { Config } from "../../config/config.ts";
import { writeRules } from "../../firewall/firewall.ts";
import { copyPorts } from "../../sources/copy-ports.ts";
import { type OpenedPath, optionsOf } from "../open-path.ts";

/** The programs were changed, but not all counts have followed: a restart takes them over, from the pins. */
export class HalfChanged extends Error {}

/** What is written before the programs are attached, or has its place in maps of a fixed size. */
export function needsPrograms(before: Config, next: Config): boolean {
	return !isDeepStrictEqual(optionsOf(before, []), optionsOf(next, [])) || !haveSameRules(before, next);
}

function haveSameRules(before: Config, next: Config): boolean {
	return isDeepStrictEqual(before.firewall.rules, next.firewall.rules);
}

/** All of it or, when it throws, nothing. `programs`: undefined when those that run are good for it. */
export function attachOrAbandon(
	programs: OpenedPath | undefined,
	former: BpfObject,
	next: Config,
	interfaces: InterfaceSet,
): InterfaceChange[] {
	try {
		if (programs) copyPorts(former, programs.object);
		if (programs) writeRules(programs.object, next.firewall.rules);
		return interfaces.use(programs?.object ?? former, next.interfaces);
	} catch (error) {
		programs?.abandon();
		throw error;
	}
}

export async function carryOverOrBreak(programs: OpenedPath): Promise<void> {
	try {
		await programs.carryOver();
	} catch (error) {
		throw new HalfChanged(`Cannot take over what was counted so far: ${(error as Error).message}`);
	}
}

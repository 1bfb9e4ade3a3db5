/** What firewall rules drop: our own, and those of the host when that is asked for. */
import type { BpfObject } from "../bpf/object.ts";
import type { Firewall } from "../config/config.ts";
import { readRuleCounts } from "../firewall/firewall.ts";
import { createHostFirewall, type HostFirewall } from "../firewall/host-firewall.ts";
import type { Reading } from "../model/reading.ts";

export type FirewallReading = Pick<Reading, "firewall" | "firewallRules">;

/** Called after each read of the host's rules, with why it failed, if it did. */
export type Tried = (failure: string | undefined) => void;

/** To be called when our own rules are written. What it gives never rejects for the host's sake. */
export function createFirewall(
	object: BpfObject,
	{ rules, host, netns }: Firewall,
	tried: Tried,
): () => Promise<FirewallReading> {
	const ownNames = new Set(readRuleCounts(object).map(({ name }) => name));
	const foreign = host ? createHostFirewall({ netns, ownNames }) : undefined;
	return async () => {
		const own = readRuleCounts(object);
		if (!foreign) return { firewall: own, firewallRules: rules.length };
		const drops = await readHost(foreign, tried);
		// Without the others' part the sum would go down.
		if (!drops) return { firewall: undefined, firewallRules: undefined };
		return { firewall: [...own, ...drops], firewallRules: rules.length + foreign.rules };
	};
}

async function readHost(foreign: HostFirewall, tried: Tried) {
	try {
		const drops = await foreign.read();
		tried(undefined);
		return drops.map((each) => ({ ...each, action: "drop" as const }));
	} catch (error) {
		tried((error as Error).message);
		return undefined;
	}
}

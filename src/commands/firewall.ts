/** What firewall rules drop: our own, and those of the host when that is asked for. */
import type { BpfObject } from "../bpf/object.ts";
import type { Firewall } from "../config/config.ts";
import { readRuleCounts } from "../firewall/firewall.ts";
import { createHostFirewall, type HostFirewall } from "../firewall/host-firewall.ts";
import type { Reading } from "../model/reading.ts";

export type FirewallReading = Pick<Reading, "firewall" | "firewallRules">;

/** Called after each read of the host's rules, with why it failed, if it did. */
export type Tried = (failure: string | undefined) => void;

export interface FirewallCounts {
	/** What it gives never rejects for the host's sake. */
	read(): Promise<FirewallReading>;
	/** Other rules. What the host's have dropped so far is not forgotten while they are read in the same namespace. */
	use(object: BpfObject, firewall: Firewall): void;
}

/** To be called when our own rules are written. */
export function createFirewall(object: BpfObject, firewall: Firewall, tried: Tried): FirewallCounts {
	let now = { object, firewall };
	const ownNames = new Set<string>();
	const hostOf = ({ host, netns }: Firewall) => (host ? createHostFirewall({ netns, ownNames }) : undefined);
	const knowNames = () => {
		for (const { name } of readRuleCounts(now.object)) ownNames.add(name);
	};
	knowNames();
	let foreign = hostOf(firewall);
	return {
		async read() {
			const own = readRuleCounts(now.object);
			const { rules } = now.firewall;
			if (!foreign) return { firewall: own, firewallRules: rules.length };
			const drops = await readHost(foreign, tried);
			// Without the others' part the sum would go down.
			if (!drops) return { firewall: undefined, firewallRules: undefined };
			return { firewall: [...own, ...drops], firewallRules: rules.length + foreign.rules };
		},
		use(nextObject, next) {
			const { host, netns } = now.firewall;
			now = { object: nextObject, firewall: next };
			knowNames();
			if (host !== next.host || netns !== next.netns) foreign = hostOf(next);
		},
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

/** What firewall rules drop: our own, and those of the host when that is asked for. */
import type { BpfObject } from "../bpf/object.ts";
import type { Firewall } from "../config/config.ts";
import { netfilterDropReason } from "../firewall/drop-reason.ts";
import { readRuleCounts } from "../firewall/firewall.ts";
import { createHostFirewall, type HostFirewall } from "../firewall/host-firewall.ts";
import { openHostMaps, stopCountingDrops } from "../firewall/host-maps.ts";
import { keptDrops } from "../firewall/kept-drops.ts";
import { countNetfilterDrops, type NetfilterDrops } from "../firewall/netfilter-drops.ts";
import type { Reading } from "../model/reading.ts";

export type FirewallReading = Pick<Reading, "firewall" | "firewallRules" | "netfilter">;

/** Called after each read of the host's rules, with why it failed, if it did. */
export type Tried = (failure: string | undefined) => void;

export interface FirewallCounts {
	/** Never rejects for the host's sake. */
	read(): Promise<FirewallReading>;
	/** Why counts of earlier runs are lost, if they are. */
	readonly forgotten: readonly string[];
	/** Why something of it is not counted. */
	readonly uncounted: readonly string[];
	/** What is pinned goes on counting. */
	close(): void;
}

export interface FirewallOptions {
	readonly tried: Tried;
	/** Directory of the pins of what is counted of the host; undefined: nothing is pinned. */
	readonly pins: string | undefined;
}

/** To be called when our own rules are written. */
export function createFirewall(
	object: BpfObject,
	firewall: Firewall,
	options: FirewallOptions,
): FirewallCounts {
	if (firewall.host) return countHost(object, firewall, options);
	if (options.pins !== undefined) stopCountingDrops(options.pins);
	return {
		async read() {
			const own = { firewall: readRuleCounts(object), firewallRules: firewall.rules.length };
			return { ...own, netfilter: undefined };
		},
		forgotten: [],
		uncounted: [],
		close() {},
	};
}

function countHost(
	object: BpfObject,
	{ rules, netns }: Firewall,
	{ tried, pins }: FirewallOptions,
): FirewallCounts {
	const maps = openHostMaps(pins);
	const ownNames = new Set(readRuleCounts(object).map(({ name }) => name));
	const foreign = createHostFirewall({ netns, ownNames, kept: keptDrops(maps.object) });
	const netfilter = countNetfilterDrops(maps, netfilterDropReason());
	return {
		async read() {
			const own = readRuleCounts(object);
			const drops = await readHost(foreign, tried);
			// Without the others' part the sum would go down.
			if (!drops) return { firewall: undefined, firewallRules: undefined, netfilter: undefined };
			return {
				firewall: [...own, ...drops],
				firewallRules: rules.length + foreign.rules,
				netfilter: netfilterCounts(netfilter, drops),
			};
		},
		forgotten: maps.forgotten === undefined ? [] : [maps.forgotten],
		uncounted: netfilter.refusal === undefined ? [] : [`packets that netfilter drops: ${netfilter.refusal}`],
		close() {
			netfilter.close();
			maps.close();
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

/** Read after the rules, so that these have never dropped more. */
function netfilterCounts(netfilter: NetfilterDrops, drops: readonly { readonly packets: number }[]) {
	const dropped = netfilter.read();
	if (dropped === undefined) return undefined;
	return { dropped, byRules: drops.reduce((sum, { packets }) => sum + packets, 0) };
}

/** What firewall rules drop: our own, and those of the host when that is asked for. */
import type { BpfObject } from "../bpf/object.ts";
import type { Config } from "../config/config.ts";
import { readRuleCounts } from "../firewall/firewall.ts";
import type { HostFirewall } from "../firewall/host-firewall.ts";
import type { NamedDrops } from "../firewall/host-firewall-totals.ts";
import type { NetfilterDrops } from "../firewall/netfilter-drops.ts";
import type { FirewallRuleCount, Reading } from "../model/reading.ts";
import { countHost } from "./host-counts.ts";
import type { Lost } from "./lost.ts";
import { countLoxilb } from "./loxilb-counts.ts";

export type FirewallReading = Pick<Reading, "firewall" | "firewallRules" | "netfilter">;

/** Called after each read of rules that are not ours, with why it failed, if it did. */
export type Tried = (failure: string | undefined) => void;

export type FirewallConfig = Pick<Config, "firewall" | "services" | "discovery">;

export interface FirewallCounts {
	/** Never rejects for the host's sake. */
	read(): Promise<FirewallReading>;
	/** What use() needs and the kernel may refuse. @throws when it does; nothing has changed then */
	prepare(config: FirewallConfig): void;
	/**
	 * Other rules; to be called when our own are written, and not during a read. What the host's have dropped so far is
	 * not forgotten, also while nobody asks for it. Gives what is new.
	 */
	use(object: BpfObject, config: FirewallConfig): Lost;
	/** What is pinned goes on counting. */
	close(): void;
}

export interface FirewallOptions {
	readonly tried: { readonly host: Tried; readonly loxilb: Tried };
	/** Directory of LoxiLB's maps, where one is configured. */
	readonly loxilbMaps: string | undefined;
	/** Directories of the pins of what is counted of others; undefined: nothing is pinned. */
	readonly pins: { readonly host: string; readonly loxilb: string } | undefined;
}

/** Reads nothing before its first use(). */
export function createFirewall({ tried, loxilbMaps, pins }: FirewallOptions): FirewallCounts {
	let now: { readonly object: BpfObject; readonly firewall: FirewallConfig["firewall"] } | undefined;
	const ownNames = new Set<string>();
	const host = countHost(pins?.host);
	const loxilb = countLoxilb(loxilbMaps, pins?.loxilb, tried.loxilb);
	return {
		async read() {
			const own = now ? readRuleCounts(now.object) : [];
			const { rules = [] } = now?.firewall ?? {};
			const theirs = await loxilb.read();
			const { current } = host;
			const drops = current ? await readHost(current.rules, tried.host) : [];
			// Without the others' part the sum would go down.
			if (!drops || !theirs) return { firewall: undefined, firewallRules: undefined, netfilter: undefined };
			return {
				firewall: [...own, ...asDrops(theirs.drops), ...asDrops(drops)],
				firewallRules: rules.length + theirs.rules + (current?.rules.rules ?? 0),
				netfilter: current && netfilterCounts(current.netfilter, drops),
			};
		},
		prepare: ({ firewall }) => void (firewall.host && host.open()),
		use(object, config) {
			const before = now?.firewall;
			const { firewall } = config;
			now = { object, firewall };
			// One of ours that is gone may come back.
			for (const { name } of readRuleCounts(object)) ownNames.add(name);
			const lost = loxilb.use(config, ownNames);
			if (before?.host === firewall.host && before.netns === firewall.netns) return lost;
			if (!firewall.host) {
				host.stop();
				return lost;
			}
			const { forgotten, uncounted } = host.start(firewall.netns, ownNames);
			return {
				forgotten: [...lost.forgotten, ...forgotten],
				uncounted: [...lost.uncounted, ...uncounted],
			};
		},
		close() {
			host.close();
			loxilb.close();
		},
	};
}

function asDrops(drops: readonly NamedDrops[]): FirewallRuleCount[] {
	return drops.map((each) => ({ ...each, action: "drop" }));
}

async function readHost(foreign: HostFirewall, tried: Tried) {
	try {
		const drops = await foreign.read();
		tried(undefined);
		return drops;
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

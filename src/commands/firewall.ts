/** What firewall rules drop: our own, and those of the host when that is asked for. */
import type { BpfObject } from "../bpf/object.ts";
import type { Firewall } from "../config/config.ts";
import { readRuleCounts } from "../firewall/firewall.ts";
import type { HostFirewall } from "../firewall/host-firewall.ts";
import type { NetfilterDrops } from "../firewall/netfilter-drops.ts";
import type { Reading } from "../model/reading.ts";
import { countHost } from "./host-counts.ts";
import type { Lost } from "./lost.ts";

export type FirewallReading = Pick<Reading, "firewall" | "firewallRules" | "netfilter">;

/** Called after each read of the host's rules, with why it failed, if it did. */
export type Tried = (failure: string | undefined) => void;

export interface FirewallCounts {
	/** Never rejects for the host's sake. */
	read(): Promise<FirewallReading>;
	/** What use() needs and the kernel may refuse. @throws when it does; nothing has changed then */
	prepare(firewall: Firewall): void;
	/**
	 * Other rules; to be called when our own are written, and not during a read. What the host's have dropped so far is
	 * not forgotten, also while nobody asks for it. Gives what is new.
	 */
	use(object: BpfObject, firewall: Firewall): Lost;
	/** What is pinned goes on counting. */
	close(): void;
}

export interface FirewallOptions {
	readonly tried: Tried;
	/** Directory of the pins of what is counted of the host; undefined: nothing is pinned. */
	readonly pins: string | undefined;
}

/** Reads nothing before its first use(). */
export function createFirewall({ tried, pins }: FirewallOptions): FirewallCounts {
	let now: { readonly object: BpfObject; readonly firewall: Firewall } | undefined;
	const ownNames = new Set<string>();
	const host = countHost(pins);
	return {
		async read() {
			const own = now ? readRuleCounts(now.object) : [];
			const { rules = [] } = now?.firewall ?? {};
			const { current } = host;
			if (!current) return { firewall: own, firewallRules: rules.length, netfilter: undefined };
			const drops = await readHost(current.rules, tried);
			// Without the others' part the sum would go down.
			if (!drops) return { firewall: undefined, firewallRules: undefined, netfilter: undefined };
			return {
				firewall: [...own, ...drops],
				firewallRules: rules.length + current.rules.rules,
				netfilter: netfilterCounts(current.netfilter, drops),
			};
		},
		prepare: (firewall) => void (firewall.host && host.open()),
		use(object, firewall) {
			const before = now?.firewall;
			now = { object, firewall };
			// One of ours that is gone may come back.
			for (const { name } of readRuleCounts(object)) ownNames.add(name);
			if (before?.host === firewall.host && before.netns === firewall.netns) return NOTHING_LOST;
			if (firewall.host) return host.start(firewall.netns, ownNames);
			host.stop();
			return NOTHING_LOST;
		},
		close: host.close,
	};
}

const NOTHING_LOST: Lost = { forgotten: [], uncounted: [] };

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

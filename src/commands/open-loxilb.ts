import { performance } from "node:perf_hooks";
import type { Config } from "../config/config.ts";
import { NO_DROPS } from "../firewall/host-firewall-totals.ts";
import type { KeptDrops } from "../firewall/kept-drops.ts";
import { createLoxilbFirewall, FIREWALL_MAPS } from "../firewall/loxilb-firewall.ts";
import type { Reading } from "../model/reading.ts";
import { createLoxilbMaps } from "../sources/loxilb/bind-maps.ts";
import { createLoxilbSource, type LoxilbSource } from "../sources/loxilb/loxilb-source.ts";

/** Nothing is opened before the first reading. */
export function openLoxilb(config: Config): LoxilbSource {
	const { loxilb, limits } = config;
	const now = () => performance.now();
	return createLoxilbSource({ directory: loxilb.pins, limits, now, firewall: readFirewall(config) });
}

/** As all of this source, it begins at 0 with each start. */
const UNKEPT: KeptDrops = { longestName: 511, load: async () => NO_DROPS, save: () => {} };

/** Absent where it is not wanted, or cannot be read: the other maps say no less for it. */
function readFirewall({ loxilb, firewall: { loxilb: wanted } }: Config) {
	const { open } = createLoxilbMaps(FIREWALL_MAPS, loxilb.pins);
	const firewall = createLoxilbFirewall({ open, ownNames: new Set(), kept: UNKEPT });
	return async (): Promise<Pick<Reading, "firewall" | "firewallRules">> => {
		const drops = wanted === false ? undefined : await firewall.read().catch(() => undefined);
		if (!drops) return { firewall: undefined, firewallRules: undefined };
		return { firewall: drops.map((each) => ({ ...each, action: "drop" })), firewallRules: firewall.rules };
	};
}

/** Everything that counts, put together from a configuration: data path, interfaces, firewall, probes. */
import { performance } from "node:perf_hooks";
import { InterfaceSet } from "../bpf/interfaces.ts";
import { type Neighbour, readNeighbours } from "../bpf/netlink.ts";
import { NoSuchNamespace, requireEntry } from "../bpf/netns.ts";
import type { BpfObject } from "../bpf/object.ts";
import { openTcpSocket } from "../bpf/sockets.ts";
import type { Config } from "../config/config.ts";
import { firewallMapSizes, readRuleCounts, writeRules } from "../firewall/firewall.ts";
import { tcpConnect } from "../health/connect.ts";
import { Prober, type ProberOptions } from "../health/prober.ts";
import type { Source } from "../model/reading.ts";
import { createDataPathSource, openDataPath } from "../sources/data-path.ts";

export interface Counting {
	readonly object: BpfObject;
	readonly source: Source;
	/** Nothing is attached before its first sync(). */
	readonly interfaces: InterfaceSet;
	close(): void;
}

/** `replace`: whether to take the place of filters that another lbscope left, or still counts with. */
export function openCounting(config: Config, { replace }: { readonly replace: boolean }): Counting {
	const { rules } = config.firewall;
	// A right that is missing now will not come later, as an interface may.
	for (const netns of [...namespacesOf(config), config.health.netns]) if (netns) requireEntry(netns);
	const object = openDataPath({
		...config,
		mapSizes: firewallMapSizes(rules),
		firewallRules: rules.length,
	});
	if (rules.length > 0) writeRules(object, rules);
	const interfaces = new InterfaceSet(object, config.interfaces, { replace });
	const source = createDataPathSource(object, config.services, {
		now: () => performance.now(),
		neighbours: () => namespacesOf(config).flatMap(neighboursOf),
		firewall: async () => (rules.length > 0 ? await readRuleCounts(object, rules) : undefined),
		interfaces: () => interfaces.states(),
	});
	return {
		object,
		source,
		interfaces,
		close() {
			interfaces.close();
			object.close();
		},
	};
}

function namespacesOf({ interfaces }: Config): (string | undefined)[] {
	return interfaces === "auto" ? [undefined] : [...new Set(interfaces.map(({ netns }) => netns))];
}

/** None where the namespace is gone, as an interface may be: the others are read all the same. */
function neighboursOf(netns: string | undefined): Neighbour[] {
	try {
		return readNeighbours(netns);
	} catch (error) {
		if (error instanceof NoSuchNamespace) return [];
		throw error;
	}
}

/** Undefined when endpoints are not to be probed. */
export function createProber(
	{ health, services }: Config,
	tried: ProberOptions["tried"] & {},
): Prober | undefined {
	if (!health.enabled) return undefined;
	const { netns, ...rules } = health;
	const open = netns === undefined ? undefined : (ipv6: boolean) => openTcpSocket(netns, ipv6);
	const prober = new Prober({ ...rules, connect: tcpConnect(open), tried });
	prober.update(services);
	return prober;
}

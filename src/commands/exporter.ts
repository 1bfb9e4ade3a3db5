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
import { createDataPathSource } from "../sources/data-path.ts";
import { type LastingDataPath, openLastingDataPath } from "../sources/lasting-data-path.ts";
import { type DataPathOptions, openDataPath } from "../sources/open-data-path.ts";
import { readVersion } from "./build.ts";
import type { Pinned } from "./pinned.ts";

export interface Counting {
	readonly object: BpfObject;
	readonly source: Source;
	/** Nothing is attached before its first sync(). */
	readonly interfaces: InterfaceSet;
	/** Why counts of earlier runs are lost, if any are. */
	readonly forgotten: readonly string[];
	/** To be called after that: takes over what was counted with other limits, or by another version. */
	carryOver(): Promise<void>;
	/** What is pinned stays attached, and counts until the next run. */
	detach(): void;
	/** Ends with detach(). */
	close(): void;
}

/** Counts for as long as this process lives. `replace`: whether to take the place of filters of another lbscope. */
export function openCounting(config: Config, { replace }: { readonly replace: boolean }): Counting {
	requireNamespaces(config);
	const object = openDataPath(optionsOf(config));
	const inMemory = { object, forgotten: [], carryOver: async () => {}, close: () => object.close() };
	return countWith(config, inMemory, { replace });
}

/** Counts on where the run before has stopped. */
export async function openLastingCounting(config: Config, pinned: Pinned): Promise<Counting> {
	requireNamespaces(config);
	const lasting = { ...optionsOf(config), root: pinned.root, version: readVersion() };
	return countWith(config, await openLastingDataPath(lasting), { replace: true, pins: pinned.links });
}

/** A right that is missing now will not come later, as an interface may. */
function requireNamespaces(config: Config): void {
	for (const netns of [...namespacesOf(config), config.health.netns]) if (netns) requireEntry(netns);
}

function optionsOf(config: Config): DataPathOptions {
	const { rules } = config.firewall;
	return { ...config, mapSizes: firewallMapSizes(rules), firewallRules: rules.length };
}

function countWith(
	config: Config,
	{ object, forgotten, carryOver, close }: LastingDataPath,
	attaching: { readonly replace: boolean; readonly pins?: string },
): Counting {
	writeRules(object, config.firewall.rules);
	const interfaces = new InterfaceSet(object, config.interfaces, attaching);
	const source = createDataPathSource(object, config.services, {
		now: () => performance.now(),
		neighbours: () => namespacesOf(config).flatMap(neighboursOf),
		firewall: () => ({ firewall: readRuleCounts(object), firewallRules: config.firewall.rules.length }),
		interfaces: () => interfaces.states(),
	});
	const detach = () => (attaching.pins === undefined ? interfaces.close() : interfaces.release());
	return {
		object,
		source,
		interfaces,
		forgotten,
		carryOver,
		detach,
		close() {
			detach();
			close();
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

/** Everything that counts, put together from a configuration: data path, interfaces, firewall, probes. */
import { performance } from "node:perf_hooks";
import { InterfaceSet } from "../bpf/interfaces.ts";
import { type Neighbour, readNeighbours } from "../bpf/netlink.ts";
import { NoSuchNamespace, requireEntry } from "../bpf/netns.ts";
import { type BpfObject, SERVICE_LISTS_OBJECT } from "../bpf/object.ts";
import { openPinnedObject } from "../bpf/pinned-object.ts";
import type { Config } from "../config/config.ts";
import { type KeptLists, keptLists } from "../discovery/kept-lists.ts";
import { firewallMapSizes, writeRules } from "../firewall/firewall.ts";
import { createDataPathSource, type DataPath } from "../sources/data-path.ts";
import { type LastingDataPath, openLastingDataPath } from "../sources/lasting-data-path.ts";
import { type DataPathOptions, openDataPath } from "../sources/open-data-path.ts";
import { readVersion } from "./build.ts";
import { namespacesOfSources } from "./discovery-sources.ts";
import { createFirewall, type FirewallOptions, type Tried } from "./firewall.ts";
import type { Pinned } from "./pinned.ts";

export interface Counting {
	readonly object: BpfObject;
	readonly source: DataPath;
	/** Nothing is attached before its first sync(). */
	readonly interfaces: InterfaceSet;
	/** Why counts of earlier runs are lost, if any are. */
	readonly forgotten: readonly string[];
	/** Why something that is asked for is not counted. */
	readonly uncounted: readonly string[];
	/** Lists of services of the run before. */
	readonly lists: KeptLists;
	/** To be called after that: takes over what was counted with other limits, or by another version. */
	carryOver(): Promise<void>;
	/** What is pinned stays attached, and counts until the next run. */
	detach(): void;
	/** Ends with detach(). */
	close(): void;
}

export interface CountingOptions {
	/** Whether to take the place of filters of another lbscope. */
	readonly replace: boolean;
	readonly hostFirewall: Tried;
}

/** Counts for as long as this process lives. */
export function openCounting(config: Config, options: CountingOptions): Counting {
	requireNamespaces(config);
	const object = openDataPath(optionsOf(config));
	const inMemory = { object, forgotten: [], carryOver: async () => {}, close: () => object.close() };
	return countWith(config, inMemory, { ...options, host: undefined, services: undefined });
}

/** Counts on where the run before has stopped. */
export async function openLastingCounting(
	config: Config,
	{ root, links: pins, host, services }: Pinned,
	hostFirewall: Tried,
): Promise<Counting> {
	requireNamespaces(config);
	const lasting = { ...optionsOf(config), root, version: readVersion() };
	return countWith(config, await openLastingDataPath(lasting), {
		replace: true,
		pins,
		host,
		services,
		hostFirewall,
	});
}

/** A right that is missing now will not come later, as an interface may. */
function requireNamespaces(config: Config): void {
	const { health, firewall, discovery } = config;
	const others = [
		health.netns,
		firewall.host ? firewall.netns : undefined,
		...namespacesOfSources(discovery),
	];
	for (const netns of [...namespacesOf(config), ...others]) if (netns) requireEntry(netns);
}

function optionsOf(config: Config): DataPathOptions {
	const { rules } = config.firewall;
	return { ...config, mapSizes: firewallMapSizes(rules), firewallRules: rules.length };
}

interface PinnedParts {
	/** Directory of what is attached. */
	readonly pins?: string;
	/** Of what is counted of the host's firewall. */
	readonly host: FirewallOptions["pins"];
	/** Of the lists of services. */
	readonly services: string | undefined;
}

function countWith(
	config: Config,
	{ object, forgotten, carryOver, close }: LastingDataPath,
	{ hostFirewall, host, services, ...attaching }: CountingOptions & PinnedParts,
): Counting {
	writeRules(object, config.firewall.rules);
	const interfaces = new InterfaceSet(object, config.interfaces, attaching);
	const firewall = createFirewall(object, config.firewall, { tried: hostFirewall, pins: host });
	const lists = openPinnedObject(SERVICE_LISTS_OBJECT, services, ["service_lists"]);
	const source = createDataPathSource(object, config.services, {
		now: () => performance.now(),
		neighbours: () => namespacesOf(config).flatMap(neighboursOf),
		firewall: firewall.read,
		interfaces: () => interfaces.states(),
	});
	const detach = () => (attaching.pins === undefined ? interfaces.close() : interfaces.release());
	return {
		object,
		source,
		interfaces,
		forgotten: [...forgotten, ...firewall.forgotten],
		uncounted: firewall.uncounted,
		lists: keptLists(lists.object),
		carryOver,
		detach,
		close() {
			detach();
			firewall.close();
			lists.object.close();
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

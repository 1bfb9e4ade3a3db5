/** Everything that counts, put together from a configuration: data path, interfaces, firewall. */
import { performance } from "node:perf_hooks";
import { type InterfaceChange, InterfaceSet } from "../bpf/interfaces.ts";
import { type BpfObject, SERVICE_LISTS_OBJECT } from "../bpf/object.ts";
import { openPinnedObject } from "../bpf/pinned-object.ts";
import type { Config } from "../config/config.ts";
import { type KeptLists, keptLists } from "../discovery/kept-lists.ts";
import { writeRules } from "../firewall/firewall.ts";
import type { Service } from "../model/service.ts";
import { createDataPathSource, type DataPath } from "../sources/data-path.ts";
import { createFirewall, type FirewallOptions } from "./firewall.ts";
import type { Lost } from "./lost.ts";
import { neighboursFor } from "./neighbours.ts";
import { type OpenedPath, type OpenPath, openLasting, openPassing } from "./open-path.ts";
import { LISTS_THAT_LAST, type Pinned } from "./pinned.ts";
import { attachOrAbandon, carryOverOrBreak, needsPrograms } from "./reload/other-programs.ts";
import { requireNamespaces } from "./require-namespaces.ts";

export interface Counting extends Lost {
	/** This and the source: those of now. */
	readonly object: BpfObject;
	readonly source: DataPath;
	/** Nothing is attached before its first sync(). */
	readonly interfaces: InterfaceSet;
	/** Lists of services of the run before. */
	readonly lists: KeptLists;
	/** To be called after that: takes over what was counted with other limits, or by another version. */
	carryOver(): Promise<void>;
	/**
	 * Counts as another configuration says: all of it or, when it throws anything but HalfChanged, nothing. `services` are
	 * those that are counted now. Not during a poll, nor while services are applied.
	 */
	change(config: Config, services: readonly Service[]): Promise<Change>;
	/** What is pinned stays attached, and counts until the next run. */
	detach(): void;
	/** Ends with detach(). */
	close(): void;
}

export interface Change extends Lost {
	readonly interfaces: readonly InterfaceChange[];
	/** Frees what counts no more; its programs can be asked until then how often they ran. */
	freeFormer(): void;
}

export interface CountingOptions {
	/** Whether to take the place of filters of another lbscope. */
	readonly replace: boolean;
	readonly otherFirewalls: FirewallOptions["tried"];
}

/** Counts for as long as this process lives. */
export function openCounting(config: Config, options: CountingOptions): Promise<Counting> {
	return open(config, openPassing, { ...options, firewalls: undefined, services: undefined });
}

/** Counts on where the run before has stopped. */
export function openLastingCounting(
	config: Config,
	{ root, links: pins, host, loxilb, services }: Pinned,
	otherFirewalls: FirewallOptions["tried"],
): Promise<Counting> {
	return open(config, openLasting(root), {
		replace: true,
		pins,
		firewalls: { host, loxilb },
		services,
		otherFirewalls,
	});
}

async function open(
	config: Config,
	openPath: OpenPath,
	options: CountingOptions & PinnedParts,
): Promise<Counting> {
	requireNamespaces(config);
	const path = await openPath(config, config.services);
	writeRules(path.object, config.firewall.rules);
	return countWith(config, path, openPath, options);
}

interface PinnedParts {
	/** Directory of what is attached. */
	readonly pins?: string;
	/** Of what is counted of others' firewalls. */
	readonly firewalls: FirewallOptions["pins"];
	/** Of the lists of services. */
	readonly services: string | undefined;
}

function countWith(
	firstConfig: Config,
	firstPath: OpenedPath,
	openPath: OpenPath,
	{ otherFirewalls, firewalls, services: listPins, ...attaching }: CountingOptions & PinnedParts,
): Counting {
	let [config, path] = [firstConfig, firstPath];
	const interfaces = new InterfaceSet(path.object, config.interfaces, attaching);
	const firewall = createFirewall({
		tried: otherFirewalls,
		loxilbMaps: config.loxilb.pins,
		pins: firewalls,
	});
	const lost = firewall.use(path.object, config);
	const lists = openPinnedObject(SERVICE_LISTS_OBJECT, listPins, LISTS_THAT_LAST);
	const surroundings = {
		now: () => performance.now(),
		neighbours: () => neighboursFor(config),
		firewall: firewall.read,
		interfaces: () => interfaces.states(),
	};
	let source = createDataPathSource(path.object, config.services, surroundings);

	async function change(next: Config, services: readonly Service[]): Promise<Change> {
		requireNamespaces(next);
		const former = path;
		firewall.prepare(next);
		const programs = needsPrograms(config, next) ? await openPath(next, services, former) : undefined;
		await interfaces.endTurns();
		const changes = attachOrAbandon(programs, former.object, next, interfaces);
		config = next;
		if (programs) {
			path = programs;
			await carryOverOrBreak(programs);
			if (programs.hash === former.hash) source.use(programs.object);
			else source = createDataPathSource(programs.object, services, surroundings);
		}
		const news = firewall.use(path.object, next);
		return { ...news, interfaces: changes, freeFormer: () => programs && former.close() };
	}

	const detach = () => (attaching.pins === undefined ? interfaces.close() : interfaces.release());
	return {
		get object() {
			return path.object;
		},
		get source() {
			return source;
		},
		interfaces,
		forgotten: [...path.forgotten, ...lost.forgotten],
		uncounted: lost.uncounted,
		lists: keptLists(lists.object),
		carryOver: () => path.carryOver(),
		change,
		detach,
		close() {
			detach();
			firewall.close();
			lists.object.close();
			path.close();
		},
	};
}

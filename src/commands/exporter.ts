/** Everything that counts, put together from a configuration: data path, interfaces, firewall. */
import { performance } from "node:perf_hooks";
import { type InterfaceChange, InterfaceSet } from "../bpf/interfaces.ts";
import type { BpfObject } from "../bpf/object.ts";
import type { Config } from "../config/config.ts";
import { writeRules } from "../firewall/firewall.ts";
import type { Service } from "../model/service.ts";
import { createDataPathSource, type DataPath } from "../sources/data-path.ts";
import { createFirewall, type Tried } from "./firewall.ts";
import { neighboursFor } from "./neighbours.ts";
import { type OpenedPath, type OpenPath, openLasting, openPassing } from "./open-path.ts";
import type { Pinned } from "./pinned.ts";
import { attachOrAbandon, carryOverOrBreak, needsPrograms } from "./reload/other-programs.ts";
import { requireNamespaces } from "./require-namespaces.ts";

export interface Counting {
	/** This and the source: those of now. */
	readonly object: BpfObject;
	readonly source: DataPath;
	/** Nothing is attached before its first sync(). */
	readonly interfaces: InterfaceSet;
	/** Why counts of earlier runs are lost, if any are. */
	readonly forgotten: readonly string[];
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

export interface Change {
	readonly interfaces: readonly InterfaceChange[];
	/** Frees what counts no more; its programs can be asked until then how often they ran. */
	freeFormer(): void;
}

export interface CountingOptions {
	/** Whether to take the place of filters of another lbscope. */
	readonly replace: boolean;
	readonly hostFirewall: Tried;
}

/** Counts for as long as this process lives. */
export function openCounting(config: Config, options: CountingOptions): Promise<Counting> {
	return open(config, openPassing, options);
}

/** Counts on where the run before has stopped. */
export function openLastingCounting(
	config: Config,
	{ root, links: pins }: Pinned,
	hostFirewall: Tried,
): Promise<Counting> {
	return open(config, openLasting(root), { replace: true, pins, hostFirewall });
}

async function open(
	config: Config,
	openPath: OpenPath,
	options: CountingOptions & { readonly pins?: string },
): Promise<Counting> {
	requireNamespaces(config);
	const path = await openPath(config, config.services);
	writeRules(path.object, config.firewall.rules);
	return countWith(config, path, openPath, options);
}

function countWith(
	firstConfig: Config,
	firstPath: OpenedPath,
	openPath: OpenPath,
	{ hostFirewall, ...attaching }: CountingOptions & { readonly pins?: string },
): Counting {
	let [config, path] = [firstConfig, firstPath];
	const interfaces = new InterfaceSet(path.object, config.interfaces, attaching);
	const firewall = createFirewall(path.object, config.firewall, hostFirewall);
	const surroundings = {
		now: () => performance.now(),
		neighbours: () => neighboursFor(config),
		firewall: () => firewall.read(),
		interfaces: () => interfaces.states(),
	};
	let source = createDataPathSource(path.object, config.services, surroundings);

	async function change(next: Config, services: readonly Service[]): Promise<Change> {
		requireNamespaces(next);
		const former = path;
		const programs = needsPrograms(config, next) ? await openPath(next, services, former) : undefined;
		const changes = attachOrAbandon(programs, former.object, next, interfaces);
		config = next;
		if (programs) {
			path = programs;
			await carryOverOrBreak(programs);
			if (programs.hash === former.hash) source.use(programs.object);
			else source = createDataPathSource(programs.object, services, surroundings);
		}
		firewall.use(path.object, next.firewall);
		return { interfaces: changes, freeFormer: () => programs && former.close() };
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
		forgotten: path.forgotten,
		carryOver: () => path.carryOver(),
		change,
		detach,
		close() {
			detach();
			path.close();
		},
	};
}

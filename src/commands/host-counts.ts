/** Counts what the host's own firewall drops, or no more, as the configuration says; the counts outlast the change. */
import { netfilterDropReason } from "../firewall/drop-reason.ts";
import { createHostFirewall, type HostFirewall } from "../firewall/host-firewall.ts";
import { type HostMaps, openHostMaps, stopCountingDrops } from "../firewall/host-maps.ts";
import { keptDrops } from "../firewall/kept-drops.ts";
import { countNetfilterDrops, type NetfilterDrops } from "../firewall/netfilter-drops.ts";
import type { Lost } from "./lost.ts";

export interface HostCounts {
	/** Undefined while nobody asks for it. */
	readonly current: { readonly rules: HostFirewall; readonly netfilter: NetfilterDrops } | undefined;
	/** Opens the maps, which stay open. @throws */
	open(): void;
	/** In this namespace, from now on; `ownNames` may grow. @throws as open() does */
	start(netns: string | undefined, ownNames: ReadonlySet<string>): Lost;
	/** Also what an earlier run has left. */
	stop(): void;
	/** What is pinned goes on counting. */
	close(): void;
}

/** `pins`: directory of what is pinned; undefined: nothing is. */
export function countHost(pins: string | undefined): HostCounts {
	let maps: HostMaps | undefined;
	let current: HostCounts["current"];
	let isTold = false;

	function open(): HostMaps {
		maps ??= openHostMaps(pins);
		return maps;
	}

	/** Once. */
	function forgotten({ forgotten: reason }: HostMaps): string[] {
		if (reason === undefined || isTold) return [];
		isTold = true;
		return [reason];
	}

	return {
		get current() {
			return current;
		},
		open,
		start(netns, ownNames) {
			const opened = open();
			// It sees all namespaces.
			const netfilter = current?.netfilter ?? countNetfilterDrops(opened, netfilterDropReason());
			const { refusal } = netfilter;
			const isNew = netfilter !== current?.netfilter;
			current = {
				rules: createHostFirewall({ netns, ownNames, kept: keptDrops(opened.object) }),
				netfilter,
			};
			const uncounted = isNew && refusal !== undefined ? [`packets that netfilter drops: ${refusal}`] : [];
			return { forgotten: forgotten(opened), uncounted };
		},
		stop() {
			if (pins !== undefined) stopCountingDrops(pins);
			current?.netfilter.close();
			current = undefined;
		},
		close() {
			current?.netfilter.close();
			current = undefined;
			maps?.close();
			maps = undefined;
		},
	};
}

/** All packets that netfilter drops on this node, counted where the kernel frees them. */
import { indexKey, readFirst, sumOverCpus, update } from "../bpf/map.ts";
import { attachTracepoint } from "../bpf/raw-tracepoint.ts";
import type { HostMaps } from "./host-maps.ts";

export interface NetfilterDrops {
	/** Undefined when they are not counted. */
	read(): number | undefined;
	/** Why they are not counted. */
	readonly refusal: string | undefined;
	/** A pinned link stays. */
	close(): void;
}

/** `reason`: see netfilterDropReason(). */
export function countNetfilterDrops({ object, link }: HostMaps, reason: number | undefined): NetfilterDrops {
	if (reason === undefined) {
		return refused("this kernel tells the number of the reason NETFILTER_DROP neither by BTF nor by tracefs");
	}
	try {
		update(object.map(".data.reason"), indexKey(0), indexKey(reason));
		const attached = attachTracepoint(object.program("netfilter_drop"), "kfree_skb", link);
		return {
			read: () => sumOverCpus(readFirst(object.map("netfilter_drops"), 1), 0, 0),
			refusal: undefined,
			close: attached.close,
		};
	} catch (error) {
		return refused((error as Error).message);
	}
}

function refused(refusal: string): NetfilterDrops {
	return { read: () => undefined, refusal, close: () => {} };
}

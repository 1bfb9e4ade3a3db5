/** The object of bpf/netfilter.bpf.c, with what of it outlives the exporter. */
import { join } from "node:path";
import { type BpfObject, NETFILTER_OBJECT } from "../bpf/object.ts";
import { openPinnedObject } from "../bpf/pinned-object.ts";
import { unpin } from "../bpf/pins.ts";

const LASTING_MAPS = ["netfilter_drops", "host_counts"];
const LINK = "link";

export interface HostMaps {
	readonly object: BpfObject;
	/** Where the link to the tracepoint is pinned; undefined: nowhere. */
	readonly link: string | undefined;
	/** Why counts of earlier runs are lost, if they are. */
	readonly forgotten: string | undefined;
	close(): void;
}

/** `directory`: of the pins, which need not be there yet; undefined: nothing is pinned. */
export function openHostMaps(directory: string | undefined): HostMaps {
	const { object, forgotten } = openPinnedObject(NETFILTER_OBJECT, directory, LASTING_MAPS);
	const link = directory === undefined ? undefined : join(directory, LINK);
	return { object, link, forgotten, close: () => object.close() };
}

/** From now on netfilter's drops are not counted; what was counted stays. */
export function stopCountingDrops(directory: string): void {
	unpin(join(directory, LINK));
}

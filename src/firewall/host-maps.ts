/** The object of bpf/netfilter.bpf.c, with what of it outlives the exporter. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { KernelError } from "../bpf/kernel-error.ts";
import { BpfObject, NETFILTER_OBJECT } from "../bpf/object.ts";
import { openPinnedMaps, pinMaps } from "../bpf/pinned-maps.ts";
import { removePinDirectory, unpin } from "../bpf/pins.ts";

const LASTING_MAPS = ["netfilter_drops", "host_counts"] as const;
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
	if (directory === undefined) return hostMaps(new BpfObject(NETFILTER_OBJECT), undefined, undefined);
	const former = existsSync(directory) ? reuse(directory) : undefined;
	if (former && "object" in former) return hostMaps(former.object, directory, undefined);
	// With the link: its program counts into maps that are given up.
	removePinDirectory(directory);
	const object = new BpfObject(NETFILTER_OBJECT);
	try {
		pinMaps(
			directory,
			LASTING_MAPS.map((name) => object.map(name)),
		);
	} catch (error) {
		object.close();
		throw error;
	}
	return hostMaps(object, directory, former?.reason);
}

/** From now on netfilter's drops are not counted; what was counted stays. */
export function stopCountingDrops(directory: string): void {
	unpin(join(directory, LINK));
}

/** With all that was counted. A directory that is not there is removed already. */
export function removeHostMaps(directory: string): void {
	removePinDirectory(`${directory}_new`);
	removePinDirectory(directory);
}

function reuse(directory: string): { object: BpfObject } | { reason: string } {
	const { fds, close } = openPinnedMaps(directory, LASTING_MAPS);
	try {
		if (fds.size < LASTING_MAPS.length) return { reason: `Cannot find all maps in ${directory}` };
		return { object: new BpfObject(NETFILTER_OBJECT, { reuse: fds }) };
	} catch (error) {
		// What the kernel refuses now it may allow later: only maps of another shape are of no use.
		if (error instanceof KernelError) throw error;
		return { reason: (error as Error).message };
	} finally {
		close();
	}
}

function hostMaps(object: BpfObject, directory: string | undefined, forgotten: string | undefined): HostMaps {
	const link = directory === undefined ? undefined : join(directory, LINK);
	return { object, link, forgotten, close: () => object.close() };
}

/** How pins tell which attachment they keep, for whoever finds them after a restart. */
import { join } from "node:path";
import { namespaceInode } from "./netns.ts";
import type { Direction, Target } from "./target.ts";

/** Directory of such pins beside those of the sets of maps: links stay when the set is changed for another. */
export const LINKS = "links";

/**
 * `link`: a tcx link, which is on as long as it is pinned. The others are notes, pins of the program: `filter` of a
 * filter on a clsact qdisc, `qdisc` of the qdisc that was made for it. Both stay when the pin goes.
 */
export type PinKind = "link" | "filter" | "qdisc";

export interface AttachmentPin {
	/** `filter-4026531840-5-ingress` */
	readonly name: string;
	readonly kind: PinKind;
	/**
	 * Inode of the network namespace, and index of the interface there. The kernel gives both again to others, so whatever
	 * finds the pin asks the kernel what it is on.
	 */
	readonly netns: number;
	readonly index: number;
	readonly direction: Direction;
}

export function pinName(kind: PinKind, { netns, index }: Target, direction: Direction): string {
	return [kind, namespaceInode(netns), index, direction].join("-");
}

export function pinPath(directory: string, kind: PinKind, target: Target, direction: Direction): string {
	return join(directory, pinName(kind, target, direction));
}

/** Undefined for the name of anything else. */
export function parsePinName(name: string): AttachmentPin | undefined {
	const match = /^(link|filter|qdisc)-(\d+)-(\d+)-(ingress|egress)$/.exec(name);
	if (!match) return undefined;
	const [, kind, netns, index, direction] = match;
	return {
		name,
		kind: kind as PinKind,
		netns: Number(netns),
		index: Number(index),
		direction: direction as Direction,
	};
}

/** The filters on the clsact qdisc of an interface, whoever put them there, from rtnetlink(7). */

import { dump, parseAttributes, textOf } from "./netlink.ts";
import { NoSuchNamespace } from "./netns.ts";
import type { Direction, Target } from "./target.ts";

const RTM_GETTFILTER = 46;
/** struct tcmsg: family, interface, handle, parent, info. */
const TC_HEADER = 20;
/** TC_H_CLSACT with TC_H_MIN_INGRESS or _EGRESS. */
const PARENT = { ingress: 0xfffffff2, egress: 0xfffffff3 } as const;
const TCA_KIND = 1;
const TCA_OPTIONS = 2;
const TCA_BPF_NAME = 7;
const TCA_BPF_ID = 11;

export interface Filter {
	/** bpf, flower, u32, ... */
	readonly kind: string;
	readonly priority: number;
	/** 0: the row stands for all filters of the priority. */
	readonly handle: number;
	/** Of a bpf filter, as whoever attached it called it; else empty. */
	readonly name: string;
	readonly programId: number | undefined;
}

/** None when the interface has no clsact qdisc, or is gone. */
export function readFilters({ index, netns }: Target, direction: Direction): Filter[] {
	const header = Buffer.alloc(TC_HEADER);
	header.writeInt32LE(index, 4);
	header.writeUInt32LE(PARENT[direction], 12);
	try {
		return dump(netns, RTM_GETTFILTER, header).map(parseFilter);
	} catch (error) {
		if (error instanceof NoSuchNamespace) return [];
		throw error;
	}
}

function parseFilter(message: Buffer): Filter {
	const attributes = parseAttributes(message, TC_HEADER);
	const kind = textOf(attributes.get(TCA_KIND));
	const options = attributes.get(TCA_OPTIONS);
	// The numbers of the options mean something else for each kind.
	const ofBpf = kind === "bpf" && options ? parseAttributes(options, 0) : undefined;
	return {
		kind,
		priority: message.readUInt32LE(16) >>> 16,
		handle: message.readUInt32LE(8),
		name: textOf(ofBpf?.get(TCA_BPF_NAME)),
		programId: ofBpf?.get(TCA_BPF_ID)?.readUInt32LE(0),
	};
}

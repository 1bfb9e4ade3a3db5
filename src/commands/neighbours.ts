/** Who is on the networks of the interfaces. */
import { type Neighbour, readNeighbours } from "../bpf/netlink.ts";
import { NoSuchNamespace } from "../bpf/netns.ts";
import type { Config } from "../config/config.ts";

export function neighboursFor({ interfaces }: Config): Neighbour[] {
	const namespaces = interfaces === "auto" ? [undefined] : interfaces.map(({ netns }) => netns);
	return [...new Set(namespaces)].flatMap(neighboursOf);
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

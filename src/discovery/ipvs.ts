/** Services of the kernel's own load balancer, IPVS. */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { inNamespace } from "../bpf/netns.ts";
import type { Discovered, Discovery } from "./discovery.ts";
import { parseIpVs } from "./parse-ip-vs.ts";
import { pollingDiscovery } from "./polling.ts";
import { runInSlices } from "./run-in-slices.ts";
import { isSameList } from "./same-list.ts";
import { sayOnce } from "./say-once.ts";

export interface IpvsOptions {
	/** File of the network namespace, as /run/netns/NAME; undefined: the own one. */
	readonly netns: string | undefined;
	/** 5 s unless told. */
	readonly intervalMs?: number;
	/** Why services are left out, each reason once. */
	readonly skipped: (reason: string) => void;
	/** The text of ip_vs; undefined when the kernel has none. */
	readonly readText?: (netns: string | undefined) => Promise<string | undefined>;
}

/** The kernel gives the file a page at a time, so that a service may be missed that moves meanwhile. */
const READS_OF_A_CHANGE = 5;

export function discoverIpvs(options: IpvsOptions): Discovery {
	const { netns, intervalMs = 5000, readText = readIpVs } = options;
	const skip = sayOnce(options.skipped);
	const read = async () => {
		const text = await readText(netns);
		return text === undefined ? [] : runInSlices(parseIpVs(text, skip));
	};
	let last: readonly Discovered[] = [];
	return pollingDiscovery({
		name: "ipvs",
		intervalMs,
		async read() {
			const list = await read();
			if (!isSameList(list, last)) last = await settle(list, read);
			return last;
		},
	});
}

/** The list that two reads in a row have given; the last one when there are no such two. */
async function settle(
	list: readonly Discovered[],
	read: () => Promise<readonly Discovered[]>,
): Promise<readonly Discovered[]> {
	let seen = list;
	for (let reads = 1; reads < READS_OF_A_CHANGE; reads++) {
		const again = await read();
		if (isSameList(again, seen)) return again;
		seen = again;
	}
	return seen;
}

async function readIpVs(netns: string | undefined): Promise<string | undefined> {
	try {
		if (netns === undefined) return await readFile("/proc/net/ip_vs", "latin1");
		// /proc/net is of the process, thread-self of the thread that has entered the namespace.
		return inNamespace(netns, () => readFileSync("/proc/thread-self/net/ip_vs", "latin1"));
	} catch (error) {
		// The module is not loaded.
		if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
		throw error;
	}
}

/** What the kernel counted on an interface. */
import { inNetns, run } from "./run.ts";

export interface InterfaceCounters {
	readonly rxPackets: number;
	/** Frames as the driver saw them, Ethernet header included; a GSO packet counts once. */
	readonly rxBytes: number;
	readonly txPackets: number;
	readonly txBytes: number;
}

interface LinkStatistics {
	readonly stats64: Record<"rx" | "tx", { readonly bytes: number; readonly packets: number }>;
}

/** Asked by netlink: /sys/class/net still shows the host's interfaces after nsenter. */
export async function interfaceCounters(netns: string, name: string): Promise<InterfaceCounters> {
	const argv = ["ip", "-json", "-statistics", "link", "show", "dev", name];
	const [link] = JSON.parse(await run(inNetns(netns, argv))) as LinkStatistics[];
	if (!link) throw new Error(`Cannot read counters of ${name} in ${netns}: ip shows no such link`);
	const { rx, tx } = link.stats64;
	return { rxPackets: rx.packets, rxBytes: rx.bytes, txPackets: tx.packets, txBytes: tx.bytes };
}

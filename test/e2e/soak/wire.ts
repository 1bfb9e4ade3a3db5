/** What passed the client-facing interfaces, over the lives of each of them. */
import { interfaceCounters } from "../../../scripts/lab/counters.ts";
import type { Lab } from "../../../scripts/lab/lab.ts";
import { inNetns, run } from "../../../scripts/lab/run.ts";
import type { Traffic } from "../truth.ts";

export interface Wire {
	/** Since it was made, both directions, from the IP header on. */
	total(): Promise<Traffic>;
	/** Takes the port down, so that no packet passes it any more, and keeps what it has counted: it is about to go. */
	leaves(port: string): Promise<void>;
	/** The port is back and watched; what has passed it until now counts for nobody. */
	returns(port: string): Promise<void>;
}

const ETHERNET_BYTES = 14;

export async function watchWire(lab: Lab): Promise<Wire> {
	const ports = lab.interfaces.filter(({ side }) => side === "client").map(({ name }) => name);
	/** What a port had counted when it was looked at first, less what its former lives had. */
	const before = new Map<string, Traffic>();
	const since = async (port: string) => minus(await counted(lab, port), before.get(port));
	for (const port of ports) before.set(port, await counted(lab, port));
	const gone = new Map<string, Traffic>();
	return {
		async total() {
			const all = await Promise.all(ports.map(since));
			return all.reduce((sum, each) => ({
				packets: sum.packets + each.packets,
				bytes: sum.bytes + each.bytes,
			}));
		},
		async leaves(port) {
			await run(inNetns(lab.balancer.netns, ["ip", "link", "set", port, "down"]));
			gone.set(port, await since(port));
		},
		async returns(port) {
			before.set(port, minus(await counted(lab, port), gone.get(port)));
		},
	};
}

async function counted(lab: Lab, port: string): Promise<Traffic> {
	const { rxPackets, txPackets, rxBytes, txBytes } = await interfaceCounters(lab.balancer.netns, port);
	const packets = rxPackets + txPackets;
	return { packets, bytes: rxBytes + txBytes - packets * ETHERNET_BYTES };
}

function minus(a: Traffic, b: Traffic = { packets: 0, bytes: 0 }): Traffic {
	return { packets: a.packets - b.packets, bytes: a.bytes - b.bytes };
}

/** Packets per second through the lab's load balancer, with lbscope against without, in turns. */

import { runIperf } from "../scripts/lab/iperf.ts";
import { createLab, type Lab } from "../scripts/lab/lab.ts";
import { InterfaceSet } from "../src/bpf/interfaces.ts";
import { defaultConfig } from "../src/config/schema.ts";
import { openDataPath } from "../src/sources/open-data-path.ts";
import type { Figure, Result } from "./figure.ts";
import { spreadOf } from "./median.ts";

const PAIRS = 7;
const SECONDS = 3;
const GOAL = 0.95;
const DATAGRAM_BYTES = "64";

export const UDP: Figure = { name: "udp", measure: () => measureUdpThroughput() };

async function measureUdpThroughput(): Promise<Result[]> {
	const lab = await createLab({ prefix: "bench", offloads: "on" });
	try {
		await packetsPerSecond(lab);
		const ratios: number[] = [];
		for (let pair = 0; pair < PAIRS; pair++) ratios.push(await ratioOfPair(lab, pair % 2 === 0));
		const spread = spreadOf(ratios);
		return [
			{
				title: "UDP 64 B through the load balancer: with / without",
				unit: "",
				spread,
				goal: { atLeast: GOAL },
			},
		];
	} finally {
		await lab.remove();
	}
}

/** Each goes first in every other pair: what is first may find the machine warmer. */
async function ratioOfPair(lab: Lab, withFirst: boolean): Promise<number> {
	if (withFirst) {
		const counted = await whileCounting(lab, () => packetsPerSecond(lab));
		return counted / (await packetsPerSecond(lab));
	}
	const plain = await packetsPerSecond(lab);
	return (await whileCounting(lab, () => packetsPerSecond(lab))) / plain;
}

async function whileCounting<T>(lab: Lab, action: () => Promise<T>): Promise<T> {
	const object = openDataPath({ ...defaultConfig, services: lab.services });
	const interfaces = new InterfaceSet(object, lab.interfaces);
	try {
		interfaces.sync();
		return await action();
	} finally {
		interfaces.close();
		object.close();
	}
}

/** Datagrams that arrived. */
async function packetsPerSecond(lab: Lab): Promise<number> {
	const args = ["-b", "0", "-l", DATAGRAM_BYTES];
	const {
		packets = 0,
		lostPackets = 0,
		seconds,
	} = await runIperf(lab, { protocol: "udp", seconds: SECONDS, args });
	return (packets - lostPackets) / seconds;
}

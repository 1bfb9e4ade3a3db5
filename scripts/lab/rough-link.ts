/** Links that lose, double and reorder packets. */
import type { Lab } from "./lab.ts";
import type { Netns } from "./plan.ts";
import { program } from "./programs.ts";
import { inNetns, run } from "./run.ts";

export interface Roughness {
	/** Each a share of the packets, 0 to 1. */
	readonly lose?: number;
	readonly double?: number;
	readonly reorder?: number;
	readonly seed?: number;
}

export interface RoughCounts {
	readonly passed: number;
	readonly lost: number;
	readonly doubled: number;
	readonly held: number;
}

export interface RoughLink {
	/** Lets packets pass as they are again; what was done to them until then. */
	smooth(): Promise<RoughCounts>;
}

/** Where the packets are taken: POSTROUTING, FORWARD and so on. */
export type Place = "POSTROUTING" | "FORWARD";

/** Packets of TCP, UDP and SCTP that leave `at` (or, in FORWARD, pass it). `gatewayMac`: who is to have copies. */
export async function roughen(
	lab: Lab,
	{ netns }: Netns,
	place: Place,
	roughness: Roughness,
	gatewayMac = "",
): Promise<RoughLink> {
	const values = { ...roughness, gateway: gatewayMac };
	const flags = Object.entries(values).flatMap(([name, value]) => [`--${name}`, String(value)]);
	const queue = lab.spawn(netns, program("rough_queue.py", flags), { timeoutMs: 0 });
	await queue.waitFor("ready");
	await changeRules(netns, "-A", place);
	return {
		async smooth() {
			await changeRules(netns, "-D", place);
			// Nothing enters any more, and what was held is let go within milliseconds.
			const { stdout } = await queue.stop();
			return JSON.parse(stdout.split("\n")[1] ?? "") as RoughCounts;
		},
	};
}

async function changeRules(netns: string, change: "-A" | "-D", place: Place): Promise<void> {
	for (const program of ["iptables", "ip6tables"]) {
		for (const protocol of ["tcp", "udp", "sctp"]) {
			const rule = ["-p", protocol, "-j", "NFQUEUE", "--queue-num", "0"];
			await run(inNetns(netns, [program, "--wait", "-t", "mangle", change, place, ...rule]));
		}
	}
}

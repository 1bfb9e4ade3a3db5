/** What conntrack counted in the load balancer: the second opinion that tests compare with. */
import { PROTOCOLS, type Protocol } from "../../src/model/service.ts";
import type { Lab } from "./lab.ts";
import { inNetns, run } from "./run.ts";

/** One direction of a flow, addresses as the packets carry them where they enter the load balancer. */
export interface ConntrackDirection {
	readonly source: string;
	readonly destination: string;
	readonly sourcePort: number;
	readonly destinationPort: number;
	readonly packets: number;
	/** IP total length, after defragmentation; a GSO packet counts once. */
	readonly bytes: number;
}

export interface ConntrackRow {
	readonly protocol: Protocol;
	/** Of the kernel's record; a later flow in the same memory with the same addresses has the same one. */
	readonly id: string;
	/** Undefined for UDP, and for flows that ended. */
	readonly state: string | undefined;
	/** From the client: its destination is the VIP. */
	readonly original: ConntrackDirection;
	/** Back: its source is the endpoint. */
	readonly reply: ConntrackDirection;
}

/** All flows of now. Those that ended before are not in it: watchConntrack() keeps them. */
export async function conntrackRows(lab: Lab): Promise<ConntrackRow[]> {
	const families = ["ipv4", "ipv6"].map((family) =>
		run(inNetns(lab.balancer.netns, ["conntrack", "-L", "-o", "extended,id", "-f", family])),
	);
	return parseConntrack((await Promise.all(families)).join("\n"));
}

/** Rows of the flows to a service of the lab: the rest is the lab's own, such as its reachability checks. */
export function serviceRows(lab: Lab, rows: readonly ConntrackRow[]): ConntrackRow[] {
	const keys = new Set(lab.services.map(({ vip, port, protocol }) => `${vip} ${port} ${protocol}`));
	return rows.filter(({ original, protocol }) =>
		keys.has(`${original.destination} ${original.destinationPort} ${protocol}`),
	);
}

/** Reads `conntrack -L -o extended,id` and `conntrack -E -o extended,id`. */
export function parseConntrack(text: string): ConntrackRow[] {
	return text.split("\n").flatMap((line) => parseLine(line) ?? []);
}

function parseLine(line: string): ConntrackRow | undefined {
	const head = /\bipv[46]\s+\d+\s+(\S+)\s+\d+\s+(?:\d+\s+)?([A-Z_]+\s)?/.exec(line);
	const protocol = PROTOCOLS.find((name) => name === head?.[1]);
	if (!head || !protocol) return undefined;
	const [original, reply] = [0, 1].map((which) => parseDirection(line, which));
	if (!original || !reply) return undefined;
	const id = /\bid=(\d+)/.exec(line)?.[1] ?? "";
	return { protocol, id, state: head[2]?.trim(), original, reply };
}

/** Every key stands twice in a line: first of the original direction, then of the reply. */
function parseDirection(line: string, which: number): ConntrackDirection | undefined {
	const texts = (key: string) =>
		[...line.matchAll(new RegExp(`\\b${key}=(\\S+)`, "g"))].map((match) => match[1]);
	const text = (key: string) => texts(key)[which] ?? "";
	const destination = text("dst");
	if (destination === "") return undefined;
	return {
		source: text("src"),
		destination,
		sourcePort: Number(text("sport")),
		destinationPort: Number(text("dport")),
		packets: Number(text("packets")),
		bytes: Number(text("bytes")),
	};
}

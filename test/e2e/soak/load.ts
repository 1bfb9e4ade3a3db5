/** The traffic of a soak: every protocol and both IP families, in bursts that end, so that they can be counted. */
import type { Lab } from "../../../scripts/lab/lab.ts";
import { parseConversations, startTraffic, type TrafficOptions } from "../../../scripts/lab/traffic.ts";

export type Client = 1 | 2;

interface Stream extends Omit<TrafficOptions, "service" | "client"> {
	readonly label: string;
	readonly client: Client;
	readonly rate: number;
	/** UDP and SCTP: has source ports of its own, each once in many bursts, as they are one flow until it is idle. */
	readonly ownPorts?: true;
}

const STREAMS: readonly Stream[] = [
	{ label: "web", client: 1, rate: 12, responseBytes: 30_000 },
	{ label: "web-v6", client: 1, rate: 6, responseBytes: 3000, ending: "endpoint-first" },
	{ label: "web", client: 1, rate: 1, holdSeconds: 2, concurrency: 20 },
	{ label: "dns", client: 1, rate: 10, ownPorts: true },
	{ label: "ngap", client: 1, rate: 3, ownPorts: true },
	{ label: "refused", client: 1, rate: 2 },
	{ label: "web", client: 2, rate: 8, responseBytes: 5000, ending: "half-close" },
	{ label: "dns-v6", client: 2, rate: 8, ownPorts: true, datagrams: 3 },
	{ label: "web-v6", client: 2, rate: 2, ending: "client-reset" },
];
const FIRST_PORT = 10_000;
/** Between those of one stream and the next. */
const PORTS = 2000;

export interface Load {
	/** Conversations by service, when all have ended. */
	ended(): Promise<ReadonlyMap<string, number>>;
}

/** `turn`: which burst this is. */
export function startLoad(lab: Lab, clients: readonly Client[], seconds: number, turn: number): Load {
	const streams = STREAMS.filter(({ client }) => clients.includes(client));
	const running = streams.map((stream) => {
		const { label, ownPorts, ...shape } = stream;
		const count = shape.rate * seconds;
		const first = FIRST_PORT + STREAMS.indexOf(stream) * PORTS;
		const firstPort = ownPorts && { firstPort: first + (turn % Math.floor(PORTS / count)) * count };
		const options = { ...shape, ...firstPort, service: lab.service(label), count, withinMs: 60_000 };
		return { label, process: startTraffic(lab, options) };
	});
	return {
		async ended() {
			const counts = new Map<string, number>();
			for (const { label, process } of running) {
				const { stdout, stderr, code } = await process.ended;
				if (code !== 0) throw new Error(`Cannot run the ${label} traffic: exit ${code}\n${stderr}`);
				counts.set(label, (counts.get(label) ?? 0) + parseConversations(stdout).length);
			}
			return counts;
		},
	};
}

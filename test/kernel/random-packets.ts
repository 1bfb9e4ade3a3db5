/** Random packets between few clients, few services and few endpoints, so that they meet often. */
import fc from "fast-check";
import { PROTOCOLS } from "../../src/model/service.ts";
import { FAMILIES, type Family, VIP } from "./cast.ts";
import { forward } from "./forward.ts";
import { unreachable } from "./packets/icmp.ts";
import { ip } from "./packets/ip.ts";
import { bytes, ethernet, type Layer, packet } from "./packets/packet.ts";
import { CHUNKS, type ChunkName, type Ports, sctp, tcp, udp } from "./packets/transport.ts";
import type { TestPath } from "./test-path.ts";

const NETWORK = { IPv4: ["10.1.0.", "10.20.1."], IPv6: ["fd00:1::", "fd00:20:1::"] } as const;
const WAYS = ["in", "out", "forwarded", "complained about"] as const;
const FLAGS = ["S", "S", "SA", "A", "A", "PA", "FA", "R", "RA", "", "SF", "SR", "F"];

const anyTraffic = fc.record({
	way: fc.constantFrom(...WAYS),
	family: fc.constantFrom(...FAMILIES),
	protocol: fc.constantFrom(...PROTOCOLS),
	client: fc.integer({ min: 1, max: 6 }),
	port: fc.integer({ min: 1, max: 3 }),
	endpoint: fc.integer({ min: 1, max: 3 }),
	flags: fc.constantFrom(...FLAGS),
	chunk: fc.constantFrom(...(Object.keys(CHUNKS) as ChunkName[])),
	sequence: fc.integer({ min: 1, max: 3 }),
	payload: fc.integer({ min: 0, max: 2500 }),
	gsoSize: fc.constantFrom(0, 0, 500, 1448),
});

type Traffic = Parameters<Parameters<(typeof anyTraffic)["map"]>[0]>[0];
export type Step = Traffic | "read" | "wait" | "release";

export const anySteps = fc.array(
	fc.oneof({ weight: 30, arbitrary: anyTraffic }, fc.constantFrom<Step>("read", "read", "wait", "release")),
	{ maxLength: 80 },
);

function transportOf({ protocol, flags, chunk, sequence }: Traffic, ports: Ports): Layer {
	if (protocol === "tcp") return tcp({ ...ports, flags, sequence });
	return protocol === "udp" ? udp(ports) : sctp({ ...ports, chunk, tag: sequence, initiateTag: sequence });
}

function between(traffic: Traffic, from: string, to: string, ports: Ports): Layer[] {
	return [ip({ from, to }), transportOf(traffic, ports), bytes(traffic.payload)];
}

function address(family: Family, network: 0 | 1, host: number): string {
	return `${NETWORK[family][network]}${host}`;
}

export function send(path: TestPath, traffic: Traffic): void {
	const { way, family, gsoSize } = traffic;
	const client = address(family, 0, traffic.client);
	const endpoint = address(family, 1, traffic.endpoint);
	const vip = VIP[family];
	const clientPort = 1000 + traffic.port;
	const request = between(traffic, client, vip, { from: clientPort, to: 80 });
	const context = { gso_size: gsoSize };
	if (way === "in") path.ingress(packet(ethernet(), ...request), context);
	else if (way === "out") {
		const reply = between(traffic, vip, client, { from: 80, to: clientPort });
		path.egress(packet(ethernet(), ...reply), context);
	} else if (way === "forwarded") {
		const onward = between(traffic, client, endpoint, { from: clientPort, to: 8080 });
		forward(path, packet(ethernet(), ...request), packet(ethernet(), ...onward), context);
	} else path.egress(packet(ethernet(), ip({ from: vip, to: client }), unreachable(family, 1), ...request));
}

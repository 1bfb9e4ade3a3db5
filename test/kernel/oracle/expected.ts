/** What the contract makes of the packets that tshark has read. */
import { hostPort } from "../../../src/model/address.ts";
import { PROTOCOLS, type Protocol, type Service } from "../../../src/model/service.ts";
import type { TsharkPacket } from "./tshark.ts";

interface Sum {
	packets: number;
	bytes: number;
}

export interface Expected {
	readonly byProtocol: Readonly<Record<Protocol, Sum>>;
	/** By "protocol client vip", with ports. */
	readonly byFlow: ReadonlyMap<string, Sum>;
	/** By "service client". */
	readonly byClient: ReadonlyMap<string, Sum>;
	readonly requests: number;
}

export function expectedOf(packets: readonly TsharkPacket[], services: readonly Service[]): Expected {
	const labels = new Map(
		services.map(({ label, vip, port, protocol }) => [`${protocol} ${hostPort(vip, port)}`, label]),
	);
	const byProtocol = Object.fromEntries(PROTOCOLS.map((name) => [name, { packets: 0, bytes: 0 }])) as Record<
		Protocol,
		Sum
	>;
	const byFlow = new Map<string, Sum>();
	const byClient = new Map<string, Sum>();
	const requests = new Set<string>();
	for (const packet of packets) {
		const { protocol, source, destination } = packet;
		const isRequest = labels.has(`${protocol} ${destination}`);
		const label = labels.get(`${protocol} ${isRequest ? destination : source}`);
		if (label === undefined) continue;
		const flow = isRequest ? `${protocol} ${source} ${destination}` : `${protocol} ${destination} ${source}`;
		if (isRequest) noteRequest(requests, packet, flow, !byFlow.has(flow));
		add(byProtocol[protocol], packet);
		add(sumOf(byFlow, flow), packet);
		add(sumOf(byClient, `${label} ${isRequest ? packet.sourceAddress : packet.destinationAddress}`), packet);
	}
	return { byProtocol, byFlow, byClient, requests: requests.size };
}

/** A handshake, however often it is tried; over UDP the first packet. */
function noteRequest(
	requests: Set<string>,
	{ protocol, handshake }: TsharkPacket,
	flow: string,
	isFirst: boolean,
): void {
	if (handshake !== undefined) requests.add(`${flow} ${handshake}`);
	if (protocol === "udp" && isFirst) requests.add(flow);
}

function sumOf(sums: Map<string, Sum>, key: string): Sum {
	const known = sums.get(key) ?? { packets: 0, bytes: 0 };
	sums.set(key, known);
	return known;
}

function add(sum: Sum, { bytes }: TsharkPacket): void {
	sum.packets++;
	sum.bytes += bytes;
}

/** Conversations of which it is known what they put on the wire, by the word of both ends and the formats of packets. */
import { isIPv6 } from "node:net";
import type { Lab } from "../../scripts/lab/lab.ts";
import { type Conversation, converse, type TrafficOptions } from "../../scripts/lab/traffic.ts";
import type { Protocol, Service } from "../../src/model/service.ts";
import type { Traffic } from "./truth.ts";

/** TCP: with timestamps in every segment. SCTP: the common header. */
const HEADER_BYTES: Readonly<Record<Protocol, number>> = { tcp: 20 + 12, udp: 8, sctp: 12 };
/** Options of SYN and SYN-ACK that other segments do not have. */
const SYN_EXTRA_BYTES = 8;
/** INIT, INIT ACK and COOKIE ECHO with a cookie of 16 bytes, COOKIE ACK; SHUTDOWN, its ACK, COMPLETE. */
const SCTP_CONTROL = { packets: 4 + 3, bytes: 20 + 40 + 20 + 4 + 8 + 4 + 4 };
/** Headers of a DATA chunk and of the SACK that answers it, each in a packet of its own. */
const SCTP_DATA_BYTES = 16 + 16;
/** User bytes of one DATA chunk, see sctp_packet.py. */
const SCTP_FRAGMENT_BYTES = 1400;

/**
 * TCP ends by a reset of the client when all is quiet. TCP_INFO then has every packet but that one; of a graceful end it
 * lacks what comes in TIME_WAIT: segments that passed each other on two CPUs are answered there, uncounted.
 */
const TCP_ENDING = { ending: "client-reset", holdSeconds: 0.3 } as const;

export interface Exchange {
	/** By its own word. */
	readonly endpoint: string;
	readonly traffic: Traffic;
}

/** SCTP: sizes have to be multiples of 4, or padding comes to them. TCP: see calm-tcp.ts. */
export async function exchange(lab: Lab, options: Omit<TrafficOptions, "ending">): Promise<Exchange[]> {
	const { service } = options;
	const ending = service.protocol === "tcp" ? TCP_ENDING : {};
	const rows = await converse(lab, { ...options, ...ending });
	return rows.map((row) => {
		if (row.outcome !== "ok" || row.endpoint === null) throw new Error(`${service.label}: ${row.outcome}`);
		return { endpoint: row.endpoint, traffic: trafficOf(service, row) };
	});
}

function trafficOf(service: Service, row: Conversation): Traffic {
	const ipHeaderBytes = isIPv6(service.vip) ? 40 : 20;
	const { packets, bytes } = beyondHeaders(service.protocol, row);
	return { packets, bytes: bytes + packets * (ipHeaderBytes + HEADER_BYTES[service.protocol]) };
}

function beyondHeaders(protocol: Protocol, { sent, received, segsOut, segsIn }: Conversation): Traffic {
	const payload = sent + received;
	if (protocol === "tcp")
		return { packets: (segsOut ?? 0) + (segsIn ?? 0) + 1, bytes: payload + 2 * SYN_EXTRA_BYTES };
	if (protocol === "udp") return { packets: 2, bytes: payload };
	const chunks = Math.ceil(sent / SCTP_FRAGMENT_BYTES) + Math.ceil(received / SCTP_FRAGMENT_BYTES);
	return {
		packets: SCTP_CONTROL.packets + 2 * chunks,
		bytes: SCTP_CONTROL.bytes + chunks * SCTP_DATA_BYTES + payload,
	};
}

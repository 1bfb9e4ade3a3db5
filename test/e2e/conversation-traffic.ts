/** What a conversation that went well has put on the wire, by the word of its two ends and the formats of its packets. */
import { isIPv6 } from "node:net";
import type { Conversation } from "../../scripts/lab/traffic.ts";
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
 * `datagrams`: requests of the conversation, UDP only. SCTP: payloads that are multiples of 4 bytes, as they are padded to that. TCP: no RST,
 * which TCP_INFO leaves out.
 */
export function trafficOf(service: Service, row: Conversation, datagrams = 1): Traffic {
	const ipHeaderBytes = isIPv6(service.vip) ? 40 : 20;
	const { packets, bytes } = beyondHeaders(service.protocol, row, datagrams);
	return { packets, bytes: bytes + packets * (ipHeaderBytes + HEADER_BYTES[service.protocol]) };
}

function beyondHeaders(protocol: Protocol, row: Conversation, datagrams: number): Traffic {
	const { sent, received, segsOut, segsIn } = row;
	const payload = sent + received;
	if (protocol === "tcp")
		return { packets: (segsOut ?? 0) + (segsIn ?? 0), bytes: payload + 2 * SYN_EXTRA_BYTES };
	if (protocol === "udp") return { packets: 2 * datagrams, bytes: payload };
	const chunks = Math.ceil(sent / SCTP_FRAGMENT_BYTES) + Math.ceil(received / SCTP_FRAGMENT_BYTES);
	return {
		packets: SCTP_CONTROL.packets + 2 * chunks,
		bytes: SCTP_CONTROL.bytes + chunks * SCTP_DATA_BYTES + payload,
	};
}

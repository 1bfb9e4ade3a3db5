/** --auto: whoever is asked for a connection, over TCP or SCTP, is a service. */
import { formatAddress } from "../model/address.ts";
import { defaultLabel, type Protocol, type Service } from "../model/service.ts";
import { type Headers, SCTP, TCP } from "./headers.ts";
import type { Frame } from "./link-layers.ts";

const SYN = 0x02;
const FLAGS = 0x17;
const SYN_ACK = 0x12;
const INIT = 1;
const INIT_ACK = 2;
const SCTP_COMMON_BYTES = 12;
/** A balancer sends a handshake on with the numbers that it has: how many of the last are remembered for that. */
const REMEMBERED = 4096;

export interface Handshakes {
	/** The service that the packet is to or from, when it begins a connection or answers one; it may be known already. */
	serviceOf(bytes: Buffer, frame: Frame, headers: Headers): Service | undefined;
}

export function createHandshakes(): Handshakes {
	/** Sequence number of the SYN or initiate tag, and the first service that was asked with it. */
	const asked = new Map<string, string>();
	return {
		serviceOf(bytes, frame, headers) {
			const step = stepOf(bytes, headers);
			// What leaves a balancer is on its way to an endpoint, or begun by itself.
			if (step === undefined || frame.direction === (step.isAnswer ? "in" : "out")) return undefined;
			const service = partnerOf(bytes, headers, step.isAnswer);
			const first = asked.get(step.id) ?? service.label;
			if (asked.size >= REMEMBERED) asked.delete(asked.keys().next().value as string);
			asked.set(step.id, first);
			return first === service.label ? service : undefined;
		},
	};
}

interface Step {
	readonly isAnswer: boolean;
	readonly id: string;
}

function stepOf(bytes: Buffer, { protocol, transport, end }: Headers): Step | undefined {
	if (transport === 0) return undefined;
	if (protocol === TCP && transport + 14 <= end) {
		const flags = bytes.readUInt8(transport + 13) & FLAGS;
		if (flags === SYN) return { isAnswer: false, id: `tcp ${bytes.readUInt32BE(transport + 4)}` };
		if (flags === SYN_ACK)
			return { isAnswer: true, id: `tcp ${(bytes.readUInt32BE(transport + 8) - 1) >>> 0}` };
	}
	if (protocol === SCTP && transport + SCTP_COMMON_BYTES + 8 <= end) {
		const type = bytes.readUInt8(transport + SCTP_COMMON_BYTES);
		if (type === INIT) return { isAnswer: false, id: `sctp ${bytes.readUInt32BE(transport + 16)}` };
		// Its verification tag is the tag of the INIT.
		if (type === INIT_ACK) return { isAnswer: true, id: `sctp ${bytes.readUInt32BE(transport + 4)}` };
	}
	return undefined;
}

/** Who is asked: the receiver of a first packet, the sender of an answer. */
function partnerOf(bytes: Buffer, headers: Headers, isAnswer: boolean): Service {
	const { network, isIPv4, transport } = headers;
	const protocol: Protocol = headers.protocol === TCP ? "tcp" : "sctp";
	const source = network + (isIPv4 ? 12 : 8);
	const at = isAnswer ? source : source + (isIPv4 ? 4 : 16);
	const vip = isIPv4 ? bytes.subarray(at, at + 4).join(".") : formatAddress(bytes, at);
	const port = bytes.readUInt16BE(transport + (isAnswer ? 0 : 2));
	return { label: defaultLabel(vip, port, protocol), vip, port, protocol, endpoints: [] };
}

/** TCP, UDP, SCTP. */
import type { Layer } from "./packet.ts";

export interface Ports {
	readonly from: number;
	readonly to: number;
}

export interface TcpFields extends Ports {
	/** Letters of FLAGS, as "SA" for SYN and ACK. */
	readonly flags?: string;
	readonly sequence?: number;
	readonly acknowledged?: number;
	/** Bytes; a multiple of 4. */
	readonly options?: number;
	/** Header length in words. */
	readonly doff?: number;
}

const FLAGS: Readonly<Record<string, number>> = { F: 1, S: 2, R: 4, P: 8, A: 16, U: 32, E: 64, C: 128 };

export function tcp(fields: TcpFields): Layer {
	const { from, to, flags = "A", sequence = 1000, acknowledged = 0, options = 0 } = fields;
	return (inside) => {
		const header = Buffer.alloc(20 + options, 1);
		header.fill(0, 0, 20);
		header.writeUInt16BE(from, 0);
		header.writeUInt16BE(to, 2);
		header.writeUInt32BE(sequence, 4);
		header.writeUInt32BE(acknowledged, 8);
		header[12] = (fields.doff ?? header.length / 4) << 4;
		for (const flag of flags) header[13] = (header[13] ?? 0) | (FLAGS[flag] ?? 0);
		return { ethertype: 0, protocol: 6, bytes: Buffer.concat([header, inside.bytes]) };
	};
}

export interface UdpFields extends Ports {
	readonly length?: number;
}

export function udp({ from, to, length }: UdpFields): Layer {
	return (inside) => {
		const header = Buffer.alloc(8);
		header.writeUInt16BE(from, 0);
		header.writeUInt16BE(to, 2);
		header.writeUInt16BE(length ?? header.length + inside.bytes.length, 4);
		return { ethertype: 0, protocol: 17, bytes: Buffer.concat([header, inside.bytes]) };
	};
}

/** Types of chunks: RFC 9260, 3.2. */
export const CHUNKS = {
	DATA: 0,
	INIT: 1,
	INIT_ACK: 2,
	SACK: 3,
	HEARTBEAT: 4,
	ABORT: 6,
	SHUTDOWN: 7,
	SHUTDOWN_ACK: 8,
	ERROR: 9,
	COOKIE_ECHO: 10,
	COOKIE_ACK: 11,
	SHUTDOWN_COMPLETE: 14,
} as const;
export type ChunkName = keyof typeof CHUNKS;

export interface SctpFields extends Ports {
	readonly chunk: ChunkName;
	/** Verification tag; 0 in an INIT. */
	readonly tag?: number;
	/** In INIT and INIT_ACK. */
	readonly initiateTag?: number;
	/** Of the chunk, its own 4 bytes included. */
	readonly chunkLength?: number;
}

export function sctp({ from, to, chunk, tag = 0, initiateTag = 77, chunkLength }: SctpFields): Layer {
	const starts = chunk === "INIT" || chunk === "INIT_ACK";
	return (inside) => {
		const header = Buffer.alloc(starts ? 32 : 16);
		header.writeUInt16BE(from, 0);
		header.writeUInt16BE(to, 2);
		header.writeUInt32BE(chunk === "INIT" ? 0 : tag, 4);
		header[12] = CHUNKS[chunk];
		header.writeUInt16BE(chunkLength ?? header.length - 12 + inside.bytes.length, 14);
		if (starts) header.writeUInt32BE(initiateTag, 16);
		return { ethertype: 0, protocol: 132, bytes: Buffer.concat([header, inside.bytes]) };
	};
}

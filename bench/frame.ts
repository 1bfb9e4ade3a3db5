/** TCP and UDP frames over IPv4, as small as the bench needs them. */
import { parseAddress } from "../src/model/address.ts";

export interface Frame {
	readonly source: string;
	readonly destination: string;
	readonly sourcePort: number;
	readonly destinationPort: number;
}

export const SYN = 0x02;
export const ACK = 0x10;

const ETHERNET_BYTES = 14;
const IP_BYTES = 20;
const TCP_BYTES = 20;
const UDP_BYTES = 8;

/** `payloadBytes` of zeros behind a header without options. */
export function tcpFrame(frame: Frame, flags: number, sequence: number, payloadBytes = 0): Buffer {
	const packet = ipFrame(frame, 6, TCP_BYTES + payloadBytes);
	const tcp = packet.subarray(ETHERNET_BYTES + IP_BYTES);
	writePorts(tcp, frame);
	tcp.writeUInt32BE(sequence, 4);
	tcp.writeUInt8((TCP_BYTES / 4) << 4, 12);
	tcp.writeUInt8(flags, 13);
	return packet;
}

export function udpFrame(frame: Frame, payloadBytes: number): Buffer {
	const packet = ipFrame(frame, 17, UDP_BYTES + payloadBytes);
	const udp = packet.subarray(ETHERNET_BYTES + IP_BYTES);
	writePorts(udp, frame);
	udp.writeUInt16BE(UDP_BYTES + payloadBytes, 4);
	return packet;
}

function ipFrame({ source, destination }: Frame, protocol: number, bytes: number): Buffer {
	const packet = Buffer.alloc(ETHERNET_BYTES + IP_BYTES + bytes);
	packet.writeUInt16BE(0x0800, 12);
	const ip = packet.subarray(ETHERNET_BYTES);
	ip.writeUInt8(0x45, 0);
	ip.writeUInt16BE(IP_BYTES + bytes, 2);
	ip.writeUInt8(64, 8);
	ip.writeUInt8(protocol, 9);
	ip.set(ipv4Bytes(source), 12);
	ip.set(ipv4Bytes(destination), 16);
	return packet;
}

function ipv4Bytes(address: string): Uint8Array {
	return parseAddress(address)?.subarray(12) ?? new Uint8Array(4);
}

function writePorts(transport: Buffer, { sourcePort, destinationPort }: Frame): void {
	transport.writeUInt16BE(sourcePort, 0);
	transport.writeUInt16BE(destinationPort, 2);
}

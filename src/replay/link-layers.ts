/** Whatever the link layer of a capture: an Ethernet frame, its header made up in place where there was none. */

import { CaptureError } from "./capture-error.ts";
import type { CapturedPacket } from "./captured-packet.ts";

export interface Frame {
	/** Where its Ethernet header begins. */
	at: number;
	length: number;
	wireLength: number;
	/** False: the addresses are made up. */
	hasAddresses: boolean;
	/** Undefined: the capture does not say. */
	direction: "in" | "out" | undefined;
	/** Tells interfaces apart; 0: the capture does not say. */
	device: number;
}

/** Numbers of www.tcpdump.org/linktypes.html. */
const ETHERNET = 1;
const RAW_NUMBERS: readonly number[] = [12, 14, 101, 228, 229];
const BSD_LOOPBACK: readonly number[] = [0, 108];
const COOKED = 113;
const COOKED_2 = 276;

export const ETHERNET_BYTES = 14;
const COOKED_BYTES = 16;
const COOKED_2_BYTES = 20;
/** Of cooked headers. The loopback device shows each packet once, as incoming. */
const TYPE_OTHER_HOST = 3;
const TYPE_OUTGOING = 4;
const ARPHRD_LOOPBACK = 772;

const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;

export function emptyFrame(): Frame {
	return { at: 0, length: 0, wireLength: 0, hasAddresses: false, direction: undefined, device: 0 };
}

/**
 * Fills `frame`. May write over the 14 bytes in front of the IP header, which belong to the packet or to its record.
 * @throws {CaptureError} when the link layer is another one
 */
export function takeFrame(bytes: Buffer, packet: CapturedPacket, frame: Frame): void {
	frame.direction = packet.direction;
	frame.device = packet.device + 1;
	const { linkType } = packet;
	frame.hasAddresses = linkType === ETHERNET;
	if (linkType === ETHERNET) takeFrom(frame, packet, 0);
	else if (linkType === COOKED) takeCooked(bytes, packet, frame);
	else if (linkType === COOKED_2) takeCooked2(bytes, packet, frame);
	else if (RAW_NUMBERS.includes(linkType)) makeHeader(bytes, packet, frame, 0, versionOf(bytes, packet.at));
	else if (BSD_LOOPBACK.includes(linkType))
		makeHeader(bytes, packet, frame, 4, versionOf(bytes, packet.at + 4));
	else {
		const expected = "Ethernet (1), Linux cooked (113, 276) or raw IP (101)";
		throw new CaptureError(packet.offset, `the link type of a packet is ${linkType}`, expected);
	}
}

/** `skipped`: bytes in front of the frame; less than 0, that many are made up. */
function takeFrom(frame: Frame, packet: CapturedPacket, skipped: number): void {
	frame.at = packet.at + skipped;
	frame.length = Math.max(0, packet.captured - skipped);
	frame.wireLength = Math.max(0, packet.wireLength - skipped);
}

function makeHeader(
	bytes: Buffer,
	packet: CapturedPacket,
	frame: Frame,
	network: number,
	type: number,
): void {
	takeFrom(frame, packet, network - ETHERNET_BYTES);
	bytes.fill(0, frame.at, frame.at + ETHERNET_BYTES - 2);
	bytes.writeUInt16BE(type, frame.at + ETHERNET_BYTES - 2);
}

function versionOf(bytes: Buffer, at: number): number {
	return (bytes[at] ?? 0) >> 4 === 6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4;
}

function takeCooked(bytes: Buffer, packet: CapturedPacket, frame: Frame): void {
	const { at } = packet;
	if (packet.captured < COOKED_BYTES) {
		takeFrom(frame, packet, packet.captured);
		return;
	}
	// It names no interface.
	frame.device = 0;
	frame.direction = directionOf(bytes.readUInt16BE(at), bytes.readUInt16BE(at + 2));
	makeHeader(bytes, packet, frame, COOKED_BYTES, bytes.readUInt16BE(at + 14));
}

function takeCooked2(bytes: Buffer, packet: CapturedPacket, frame: Frame): void {
	const { at } = packet;
	if (packet.captured < COOKED_2_BYTES) {
		takeFrom(frame, packet, packet.captured);
		return;
	}
	frame.device = bytes.readUInt32BE(at + 4);
	frame.direction = directionOf(bytes.readUInt8(at + 10), bytes.readUInt16BE(at + 8));
	makeHeader(bytes, packet, frame, COOKED_2_BYTES, bytes.readUInt16BE(at));
}

function directionOf(packetType: number, hardware: number): Frame["direction"] {
	if (hardware === ARPHRD_LOOPBACK || packetType === TYPE_OTHER_HOST) return undefined;
	return packetType === TYPE_OUTGOING ? "out" : "in";
}

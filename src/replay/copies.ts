/**
 * The same packet seen again: on a device that lies on top of another, or on its way from a balancer that leaves the VIP
 * in it. What tells it from a retransmission is that it is on another device, or at another Ethernet address.
 */

import type { Headers } from "./headers.ts";
import type { Frame } from "./link-layers.ts";

/** Of the packets of one moment; a later one takes the place of an earlier one. */
const SLOTS = 8192;
const MOST_AGE_NS = 100e6;

export interface Copies {
	/** Notes the packet. True: it has been seen elsewhere a moment ago. */
	isCopy(bytes: Buffer, frame: Frame, headers: Headers, timeNs: number): boolean;
}

export function createCopies(): Copies {
	const hashes = new Int32Array(SLOTS);
	const devices = new Float64Array(SLOTS);
	const times = new Float64Array(SLOTS).fill(Number.NEGATIVE_INFINITY);
	return {
		isCopy(bytes, frame, headers, timeNs) {
			const hash = identityOf(bytes, headers);
			const slot = hash >>> 19;
			const device = deviceOf(bytes, frame);
			const isSame = hashes[slot] === hash && timeNs - (times[slot] as number) <= MOST_AGE_NS;
			if (isSame && devices[slot] !== device) return true;
			hashes[slot] = hash;
			devices[slot] = device;
			times[slot] = timeNs;
			return false;
		},
	};
}

/** Where the packet was seen: the interface, as far as it is known, and whom it is for. */
function deviceOf(bytes: Buffer, { at, device, hasAddresses }: Frame): number {
	return hasAddresses ? (device % 32) * 2 ** 48 + bytes.readUIntBE(at, 6) : device;
}

/** Of an IP packet but for what a router changes: TTL and checksum, hop limit. */
function identityOf(bytes: Buffer, { network, isIPv4, end }: Headers): number {
	const last = Math.min(end, network + (isIPv4 ? 60 : 80)) - 3;
	let hash = isIPv4 ? bytes.readInt32LE(network) : bytes.readInt32LE(network + 4) & 0xffffff;
	for (let at = network + (isIPv4 ? 4 : 8); at < last; at += 4) {
		if (isIPv4 && at === network + 8) continue;
		hash = Math.imul(hash ^ bytes.readInt32LE(at), 0x9e3779b1);
		hash ^= hash >>> 15;
	}
	return hash;
}

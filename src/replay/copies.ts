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
	isCopy(view: DataView, frame: Frame, headers: Headers, timeNs: number): boolean;
}

export function createCopies(): Copies {
	const hashes = new Int32Array(SLOTS);
	const devices = new Float64Array(SLOTS);
	const times = new Float64Array(SLOTS).fill(Number.NEGATIVE_INFINITY);
	return {
		isCopy(view, frame, headers, timeNs) {
			const hash = identityOf(view, headers);
			const slot = hash >>> 19;
			const device = deviceOf(view, frame);
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
function deviceOf(view: DataView, { at, device, hasAddresses }: Frame): number {
	return hasAddresses
		? (device % 32) * 2 ** 48 + view.getUint16(at) * 2 ** 32 + view.getUint32(at + 2)
		: device;
}

/** Of what a router leaves as it is: lengths and identification, addresses, and the first words of the transport header. */
function identityOf(view: DataView, { network, isIPv4, transport, end }: Headers): number {
	// In IPv6 the hop limit stands where IPv4 has its flags.
	let hash = isIPv4
		? mixed(view.getInt32(network, true), view.getInt32(network + 4, true))
		: view.getUint16(network + 4, true);
	const addresses = isIPv4 ? network + 12 : network + 8;
	const last = addresses + (isIPv4 ? 8 : 32);
	for (let at = addresses; at < last; at += 4) hash = mixed(hash, view.getInt32(at, true));
	if (transport === 0) return hash;
	const behind = transport + 16 <= end ? transport + 16 : transport + 8;
	for (let at = transport; at < behind; at += 4) hash = mixed(hash, view.getInt32(at, true));
	return hash;
}

function mixed(hash: number, word: number): number {
	const product = Math.imul(hash ^ word, 0x9e3779b1);
	return product ^ (product >>> 15);
}

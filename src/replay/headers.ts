/** Where the headers of a frame lie: as much as is needed to choose a hook. The programs parse all of it again. */
import { ETHERNET_BYTES } from "./link-layers.ts";

export interface Headers {
	/** Of the IP header; 0: there is none, or not all of it. */
	network: number;
	isIPv4: boolean;
	/** Of the transport header; 0: behind what was captured, or in the first fragment. */
	transport: number;
	protocol: number;
	end: number;
}

export const TCP = 6;
export const UDP = 17;
export const SCTP = 132;
const IPV4_BYTES = 20;
const IPV6_BYTES = 40;
const MAX_TAGS = 2;
const MAX_EXTENSIONS = 8;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const EXTENSIONS: readonly number[] = [0, 43, FRAGMENT, AUTHENTICATION, 60];
/** Ports, and flags or type of the chunk. */
const FEWEST_TRANSPORT_BYTES = 8;

export function emptyHeaders(): Headers {
	return { network: 0, isIPv4: true, transport: 0, protocol: 0, end: 0 };
}

/** Fills `headers`; false when it is no IP packet. */
export function takeHeaders(view: DataView, at: number, length: number, headers: Headers): boolean {
	const end = at + length;
	headers.network = 0;
	headers.transport = 0;
	headers.end = end;
	if (length < ETHERNET_BYTES) return false;
	let network = at + ETHERNET_BYTES;
	let type = view.getUint16(network - 2);
	for (let tag = 0; tag < MAX_TAGS && (type === 0x8100 || type === 0x88a8) && network + 4 <= end; tag++) {
		type = view.getUint16(network + 2);
		network += 4;
	}
	if (type === 0x0800) return takeIPv4(view, network, headers);
	if (type === 0x86dd) return takeIPv6(view, network, headers);
	return false;
}

/** Also of a packet within a tunnel. */
export function takeIPv4(view: DataView, network: number, headers: Headers): boolean {
	if (network + IPV4_BYTES > headers.end) return false;
	headers.network = network;
	headers.isIPv4 = true;
	headers.protocol = view.getUint8(network + 9);
	const isFirst = (view.getUint16(network + 6) & 0x1fff) === 0;
	place(headers, isFirst ? network + (view.getUint8(network) & 15) * 4 : headers.end);
	return true;
}

export function takeIPv6(view: DataView, network: number, headers: Headers): boolean {
	if (network + IPV6_BYTES > headers.end) return false;
	headers.network = network;
	headers.isIPv4 = false;
	let next = view.getUint8(network + 6);
	let at = network + IPV6_BYTES;
	for (let i = 0; i < MAX_EXTENSIONS && EXTENSIONS.includes(next) && at + 8 <= headers.end; i++) {
		const isLater = next === FRAGMENT && (view.getUint16(at + 2) & 0xfff8) !== 0;
		const rest = view.getUint8(at + 1);
		const more = next === FRAGMENT ? 0 : rest * (next === AUTHENTICATION ? 4 : 8);
		next = view.getUint8(at);
		at = isLater ? headers.end : at + 8 + more;
	}
	headers.protocol = next;
	place(headers, at);
	return true;
}

function place(headers: Headers, transport: number): void {
	headers.transport = transport + FEWEST_TRANSPORT_BYTES <= headers.end ? transport : 0;
}

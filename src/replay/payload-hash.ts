/**
 * What names a UDP packet on both legs, in place of the flow hash that a live kernel keeps across NAT: its first bytes of
 * payload, its length, and over IPv4 its identification.
 */
import { type Headers, takeIPv4, takeIPv6, UDP } from "./headers.ts";

const UDP_BYTES = 8;
const MOST_BYTES = 64;
const IPIP = 4;
const IPV6_IN_IP = 41;

const inner: Headers = { network: 0, isIPv4: true, transport: 0, protocol: 0, end: 0 };

/** 0 for what is no UDP. */
export function payloadHash(view: DataView, headers: Headers): number {
	const { protocol, transport } = headers;
	if (protocol === UDP) return transport === 0 ? 0 : hashOf(view, headers);
	if ((protocol !== IPIP && protocol !== IPV6_IN_IP) || transport === 0) return 0;
	inner.end = headers.end;
	inner.transport = 0;
	const isInner = (protocol === IPIP ? takeIPv4 : takeIPv6)(view, transport, inner);
	return isInner && inner.protocol === UDP && inner.transport > 0 ? hashOf(view, inner) : 0;
}

function hashOf(view: DataView, { network, isIPv4, transport, end }: Headers): number {
	const from = transport + UDP_BYTES;
	const to = Math.min(end, transport + view.getUint16(transport + 4), from + MOST_BYTES);
	let hash = view.getUint16(transport + 4) | (isIPv4 ? view.getUint16(network + 4) << 16 : 0);
	for (let at = from; at < to; at++) hash = Math.imul(hash ^ view.getUint8(at), 0x01000193);
	return hash >>> 0;
}

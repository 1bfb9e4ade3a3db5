/**
 * One row of LoxiLB's ct_map: one direction of a connection. Its two rows are told apart by `dir`; the client's has the
 * client's addresses in its key and the endpoint in its translation, the endpoint's has the endpoint in its key, and the
 * client in its translation where that was translated, too.
 */

import type { MapRows } from "../../bpf/map-shape.ts";
import { PROTOCOL_NUMBER, PROTOCOLS } from "../../model/service.ts";
import { wordsOf } from "../../model/words.ts";
import { copyAddress, isZero } from "./addresses.ts";
import type { LoxilbLayouts } from "./layouts.ts";
import { PAIR_KEY } from "./pair-key.ts";

/** xi.nat_flags; those of the host translate to the machine itself. */
const DNAT = 1;
const SNAT = 2;
const HOST_DNAT = 4;
const HOST_SNAT = 8;
const DIR_IN = 0;
const IPV4_HEADER = 20;
const IPV6_HEADER = 40;

/** Protocols are numbers here, as they stand in PROTOCOLS: a loop over all rows counts by them. */
const [TCP, UDP, SCTP] = [PROTOCOLS.indexOf("tcp"), PROTOCOLS.indexOf("udp"), PROTOCOLS.indexOf("sctp")];
/** Not load-balanced, or of no protocol that is counted. */
export const NOT_COUNTED = -1;

/** States in which a flow is active: established, or waiting for the proxy protocol; one way, both ways; established. */
const TCP_ACTIVE = [4, 0x200] as const;
const UDP_ACTIVE = [1, 2] as const;
const SCTP_ACTIVE = 0x40;

/** Where things stand in a batch, for a loop that makes nothing for a row. */
export interface LegEntries {
	readonly count: number;
	/** The keys, and where the key of a row begins, in words. */
	readonly keyWords: Uint32Array;
	keyAt(row: number): number;
	cidxOf(row: number): number;
	/** Of the client's leg. */
	isInbound(row: number): boolean;
	/** Its place in PROTOCOLS, or NOT_COUNTED. */
	protocolOf(row: number): number;
	isActive(row: number, protocol: number): boolean;
	ruleOf(row: number): number;
	packetsOf(row: number): number;
	bytesOf(row: number): number;
	/** Puts client and endpoint where a pair has them. Gives whether the endpoint is known. */
	copyPair(row: number, to: Uint32Array, at: number): boolean;
	/** Of an IP header as the client sees it, and as this leg has it. */
	headersOf(row: number): { readonly client: number; readonly own: number };
	/** What the client connects to: address (offset of its 16 bytes in `bytes`), whether that is IPv6, port. */
	vipOf(row: number): {
		readonly bytes: Buffer;
		readonly offset: number;
		readonly isIPv6: boolean;
		readonly port: number;
	};
}

export function legEntries(
	{ count, keys, values, keySize, valueStride }: MapRows,
	layouts: LoxilbLayouts,
): LegEntries {
	const { flow, flowKey } = layouts;
	const keyWords = wordsOf(keys);
	const valueWords = wordsOf(values);
	const [keyStride, stride] = [keySize / 4, valueStride / 4];
	const flagsAt = flow["ctd.xi.nat_flags"];
	const dirAt = flow["ctd.dir"] / 4;
	const cidxAt = flow["ca.cidx"] / 4;
	const packetsAt = flow["ctd.pb.packets"] / 4;
	const bytesAt = flow["ctd.pb.bytes"] / 4;
	const stateAt = flow["ctd.pi.t.state"] / 4;
	const xipAt = flow["ctd.xi.nat_xip"] / 4;
	const ripAt = flow["ctd.xi.nat_rip"] / 4;

	const word = (row: number, at: number) => valueWords[row * stride + at] as number;
	const byte = (row: number, at: number) => values[row * valueStride + at] as number;
	const keyByte = (row: number, at: number) => keys[row * keySize + at] as number;
	const u64 = (row: number, at: number) => word(row, at + 1) * 2 ** 32 + word(row, at);
	const isInbound = (row: number) => word(row, dirAt) === DIR_IN;
	const hasIPv6 = (row: number) => keyByte(row, flowKey.v6) !== 0;
	const translatesToIPv6 = (row: number) => byte(row, flow["ctd.xi.nv6"]) !== 0;

	function isBalanced(row: number): boolean {
		const flags = byte(row, flagsAt);
		if (isInbound(row)) return (flags & (DNAT | HOST_DNAT)) !== 0;
		// Answers of an endpoint that knows the VIP itself do not pass here, and its address is not in this row.
		return (flags & (SNAT | HOST_SNAT)) !== 0 && byte(row, flow["ctd.xi.dsr"]) === 0;
	}

	function protocolOf(row: number): number {
		if (!isBalanced(row)) return NOT_COUNTED;
		switch (keyByte(row, flowKey.l4proto)) {
			case PROTOCOL_NUMBER.tcp:
				return TCP;
			case PROTOCOL_NUMBER.udp:
				return UDP;
			case PROTOCOL_NUMBER.sctp:
				return SCTP;
			default:
				return NOT_COUNTED;
		}
	}

	function isActive(row: number, protocol: number): boolean {
		const state = word(row, stateAt);
		if (protocol === TCP) return state === TCP_ACTIVE[0] || state === TCP_ACTIVE[1];
		if (protocol === SCTP) return state === SCTP_ACTIVE;
		return (state & 0xffff) === UDP_ACTIVE[0] || (state & 0xffff) === UDP_ACTIVE[1];
	}

	function copyInbound(row: number, to: Uint32Array, at: number): boolean {
		const key = row * keyStride;
		const xip = row * stride + xipAt;
		copyAddress(keyWords, key + flowKey.saddr / 4, hasIPv6(row), to, at + PAIR_KEY.client);
		const isKnown = !isZero(valueWords, xip);
		if (isKnown) copyAddress(valueWords, xip, translatesToIPv6(row), to, at + PAIR_KEY.endpoint);
		return isKnown;
	}

	function copyOutbound(row: number, to: Uint32Array, at: number): boolean {
		const key = row * keyStride;
		const rip = row * stride + ripAt;
		const isTranslated = !isZero(valueWords, rip);
		const [from, client] = isTranslated ? [valueWords, rip] : [keyWords, key + flowKey.daddr / 4];
		copyAddress(from, client, translatesToIPv6(row), to, at + PAIR_KEY.client);
		const isKnown = (byte(row, flagsAt) & SNAT) !== 0;
		if (isKnown) copyAddress(keyWords, key + flowKey.saddr / 4, hasIPv6(row), to, at + PAIR_KEY.endpoint);
		return isKnown;
	}

	return {
		count,
		keyWords,
		keyAt: (row) => row * keyStride,
		cidxOf: (row) => word(row, cidxAt),
		isInbound,
		protocolOf,
		isActive,
		ruleOf: (row) => values.readUInt16LE(row * valueStride + flow["ctd.rid"]),
		packetsOf: (row) => u64(row, packetsAt),
		bytesOf: (row) => u64(row, bytesAt),
		copyPair: (row, to, at) => (isInbound(row) ? copyInbound(row, to, at) : copyOutbound(row, to, at)),
		headersOf(row) {
			const own = hasIPv6(row) ? IPV6_HEADER : IPV4_HEADER;
			const isClientIPv6 = isInbound(row) ? hasIPv6(row) : translatesToIPv6(row);
			return { client: isClientIPv6 ? IPV6_HEADER : IPV4_HEADER, own };
		},
		vipOf(row) {
			const [key, value] = [row * keySize, row * valueStride];
			if (isInbound(row)) {
				const port = keys.readUInt16BE(key + flowKey.dport);
				return { bytes: keys, offset: key + flowKey.daddr, isIPv6: hasIPv6(row), port };
			}
			const port = values.readUInt16BE(value + flow["ctd.xi.nat_xport"]);
			return { bytes: values, offset: value + flow["ctd.xi.nat_xip"], isIPv6: translatesToIPv6(row), port };
		},
	};
}

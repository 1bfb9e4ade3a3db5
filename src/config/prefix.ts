/** IP prefixes: an address and how many of its leading bits count. */
import { ADDRESS_BYTES, formatAddress, isMappedIPv4, parseAddress } from "../model/address.ts";

export interface Prefix {
	/** Canonical text, host bits zero. */
	readonly address: string;
	/** Leading bits in the family's own count: 0..32 for IPv4, 0..128 for IPv6. */
	readonly length: number;
}

export type Family = "IPv4" | "IPv6";

const MAPPED_BITS = 96;

/** Works on canonical text only: an IPv4-mapped spelling holds a colon too. */
export function familyOf(address: string): Family {
	return address.includes(":") ? "IPv6" : "IPv4";
}

/** `address/length`, or an address alone for all of its bits. Host bits are kept: see networkOf(). */
export function parsePrefix(text: string): Prefix | undefined {
	const [, addressText = "", lengthText] = /^([^/]*)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? [];
	const bytes = parseAddress(addressText);
	// "::ffff:10.0.0.0/104" is IPv4 in disguise, with a length in bits of the other family.
	if (!bytes || (addressText.includes(":") && isMappedIPv4(bytes))) return undefined;
	const bits = addressBits(bytes);
	const length = lengthText === undefined ? bits : Number(lengthText);
	return length > bits ? undefined : { address: formatAddress(bytes), length };
}

/** The same prefix with its host bits cleared. */
export function networkOf(prefix: Prefix): Prefix {
	const bytes = parseAddress(prefix.address) ?? new Uint8Array(ADDRESS_BYTES);
	const kept = prefix.length + ADDRESS_BYTES * 8 - addressBits(bytes);
	const masked = bytes.map((byte, i) => byte & (0xff00 >> Math.min(8, Math.max(0, kept - 8 * i))));
	return { address: formatAddress(masked), length: prefix.length };
}

export function formatPrefix(prefix: Prefix): string {
	return `${prefix.address}/${prefix.length}`;
}

function addressBits(bytes: Uint8Array): number {
	return isMappedIPv4(bytes) ? ADDRESS_BYTES * 8 - MAPPED_BITS : ADDRESS_BYTES * 8;
}

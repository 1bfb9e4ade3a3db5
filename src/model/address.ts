/**
 * IP addresses as the BPF maps hold them: 16 bytes in network order, IPv4 as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2).
 * Text form is RFC 5952, so that one address has one spelling and so one series.
 */
import { isIPv4, isIPv6 } from "node:net";

export const ADDRESS_BYTES = 16;

/** The 16 bytes of an address, or undefined when the text is no IP address (zone ids are refused). */
export function parseAddress(text: string): Uint8Array | undefined {
	if (isIPv4(text)) return mappedIPv4(text.split(".").map(Number));
	if (!isIPv6(text) || text.includes("%")) return undefined;
	return parseIPv6(text);
}

function mappedIPv4(octets: readonly number[]): Uint8Array {
	const bytes = new Uint8Array(ADDRESS_BYTES);
	bytes.fill(0xff, 10, 12);
	bytes.set(octets, 12);
	return bytes;
}

function parseIPv6(text: string): Uint8Array {
	const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
	const plain = dotted
		? `${dotted[1]}${hexPair(dotted[2], dotted[3])}:${hexPair(dotted[4], dotted[5])}`
		: text;
	const [head = "", tail] = plain.split("::");
	const before = head === "" ? [] : head.split(":");
	const after = tail === undefined || tail === "" ? [] : tail.split(":");
	const zeros = new Array<string>(8 - before.length - after.length).fill("0");
	const groups = tail === undefined ? before : [...before, ...zeros, ...after];
	return Uint8Array.from(groups.flatMap((group) => splitGroup(Number.parseInt(group, 16))));
}

function splitGroup(group: number): [number, number] {
	return [group >> 8, group & 0xff];
}

function hexPair(high: string | undefined, low: string | undefined): string {
	return ((Number(high) << 8) | Number(low)).toString(16);
}

/** Canonical text of the 16 bytes at `offset`. */
export function formatAddress(bytes: Uint8Array, offset = 0): string {
	if (isMappedIPv4(bytes, offset)) return bytes.subarray(offset + 12, offset + 16).join(".");
	const groups = Array.from(
		{ length: 8 },
		(_, i) => ((bytes[offset + 2 * i] ?? 0) << 8) | (bytes[offset + 2 * i + 1] ?? 0),
	);
	const run = longestZeroRun(groups);
	const hex = groups.map((group) => group.toString(16));
	if (run.length < 2) return hex.join(":");
	return `${hex.slice(0, run.start).join(":")}::${hex.slice(run.start + run.length).join(":")}`;
}

export function isMappedIPv4(bytes: Uint8Array, offset = 0): boolean {
	for (let i = 0; i < 10; i++) if (bytes[offset + i] !== 0) return false;
	return bytes[offset + 10] === 0xff && bytes[offset + 11] === 0xff;
}

/** RFC 5952, 4.2.3: the longest run of zero groups is shortened, the first of equals. */
function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
	let best = { start: 0, length: 0 };
	for (let i = 0; i < groups.length; i++) {
		let length = 0;
		while (groups[i + length] === 0) length++;
		if (length > best.length) best = { start: i, length };
		if (length > 0) i += length;
	}
	return best;
}

/** Canonical spelling of an address, or undefined when the text is none. */
export function canonicalAddress(text: string): string | undefined {
	const bytes = parseAddress(text);
	return bytes && formatAddress(bytes);
}

/** `address:port`, the address in brackets when it is IPv6. */
export function hostPort(address: string, port: number): string {
	return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Value of the label `sip`, from a client as it stands in a key. */
import { formatAddress } from "./address.ts";
import { OTHER } from "./stand-ins.ts";

/** In place of a prefix: not a client, but all that have no series of their own. */
export const OTHER_CLIENTS = 255;

const ADDRESS_BITS = 128;
const IPV4_BITS = 32;
/** The second half of ::ffff:0:0/96, as a little-endian word. */
const MAPPED = 0xffff0000;

/** `prefix`: bits that are kept. A whole address has no suffix. */
export function clientText(words: Uint32Array, at: number, prefix: number): string {
	if (prefix === OTHER_CLIENTS) return OTHER;
	const ipv4 = isIPv4(words, at);
	const address = ipv4 ? ipv4Text(words[at + 3] as number) : ipv6Text(words, at);
	if (prefix === ADDRESS_BITS) return address;
	return `${address}/${ipv4 ? prefix - (ADDRESS_BITS - IPV4_BITS) : prefix}`;
}

export function isIPv4(words: Uint32Array, at: number): boolean {
	return words[at] === 0 && words[at + 1] === 0 && words[at + 2] === MAPPED;
}

/** There are too many clients for the general way, which makes an array of each address. */
function ipv4Text(word: number): string {
	return `${word & 255}.${(word >>> 8) & 255}.${(word >>> 16) & 255}.${word >>> 24}`;
}

function ipv6Text({ buffer, byteOffset }: Uint32Array, at: number): string {
	return formatAddress(new Uint8Array(buffer, byteOffset + 4 * at, 16));
}

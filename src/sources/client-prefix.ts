/** What a pair keeps of its client's address: the first bits of the 128. */
import { ADDRESS_BYTES, isMappedIPv4 } from "../model/address.ts";

/** An IPv4 address is ::ffff:a.b.c.d. */
export const IPV4_BITS_BEFORE = 96;

/** Bits as people count them, for each family. */
export interface ClientPrefix {
	readonly ipv4: number;
	readonly ipv6: number;
}

/** The first `bits` of an address are ones. */
export function prefixMask(bits: number): Uint8Array {
	return Uint8Array.from({ length: ADDRESS_BYTES }, (_, byte) => {
		const ones = Math.min(8, Math.max(0, bits - 8 * byte));
		return 0xff00 >> ones;
	});
}

/** Masks the address at `offset` in place; gives the bits of the 128 that are kept. */
export function maskClient(bytes: Buffer, offset: number, { ipv4, ipv6 }: ClientPrefix): number {
	const kept = isMappedIPv4(bytes, offset) ? IPV4_BITS_BEFORE + ipv4 : ipv6;
	for (const [i, mask] of prefixMask(kept).entries()) {
		bytes.writeUInt8(bytes.readUInt8(offset + i) & mask, offset + i);
	}
	return kept;
}

/** IPv4 with options, IPv6 with extension headers. */
import { parseAddress } from "../../../src/model/address.ts";
import type { Built, Layer } from "./packet.ts";

export interface Between {
	readonly from: string;
	readonly to: string;
}

export interface FragmentFields {
	readonly id: number;
	/** Bytes in front of this fragment; a multiple of 8. */
	readonly offset?: number;
	/** False: the last one. */
	readonly more?: boolean;
}

export interface Ipv4Fields extends Between {
	readonly protocol?: number;
	readonly fragment?: FragmentFields;
	/** Bytes; a multiple of 4. */
	readonly options?: number;
	readonly version?: number;
	readonly ihl?: number;
	readonly totalLength?: number;
}

/** The family of the addresses. */
export function ip(between: Between): Layer {
	return between.from.includes(":") ? ipv6(between) : ipv4(between);
}

export function ipv4(fields: Ipv4Fields): Layer {
	const { fragment, options = 0, version = 4 } = fields;
	return (inside) => {
		const header = Buffer.alloc(20 + options, 1);
		header.fill(0, 0, 20);
		header[0] = (version << 4) | (fields.ihl ?? header.length / 4);
		header.writeUInt16BE(fields.totalLength ?? header.length + inside.bytes.length, 2);
		if (fragment) {
			header.writeUInt16BE(fragment.id, 4);
			header.writeUInt16BE((fragment.more ? 0x2000 : 0) | ((fragment.offset ?? 0) / 8), 6);
		}
		header[8] = 64;
		header[9] = fields.protocol ?? inside.protocol;
		header.set(lastBytes(fields.from, 4), 12);
		header.set(lastBytes(fields.to, 4), 16);
		return { ethertype: 0x0800, protocol: 4, bytes: Buffer.concat([header, inside.bytes]) };
	};
}

export interface Ipv6Fields extends Between {
	readonly next?: number;
	readonly version?: number;
	readonly payloadLength?: number;
}

export function ipv6({ from, to, next, version = 6, payloadLength }: Ipv6Fields): Layer {
	return (inside) => {
		const header = Buffer.alloc(40);
		header[0] = version << 4;
		header.writeUInt16BE(payloadLength ?? inside.bytes.length, 4);
		header[6] = next ?? inside.protocol;
		header[7] = 64;
		header.set(lastBytes(from, 16), 8);
		header.set(lastBytes(to, 16), 24);
		return { ethertype: 0x86dd, protocol: 41, bytes: Buffer.concat([header, inside.bytes]) };
	};
}

function lastBytes(address: string, count: number): Uint8Array {
	const bytes = parseAddress(address);
	if (!bytes) throw new RangeError(`${address} is no address`);
	return bytes.subarray(bytes.length - count);
}

/** Extension headers of `length` bytes: RFC 8200, and RFC 4302 for the one that counts otherwise. */
export function hopByHop(length = 8): Layer {
	return extension(0, length, length / 8 - 1);
}

export function routing(length = 8): Layer {
	return extension(43, length, length / 8 - 1);
}

export function destinationOptions(length = 8): Layer {
	return extension(60, length, length / 8 - 1);
}

export function authentication(length = 24): Layer {
	return extension(51, length, length / 4 - 2);
}

export function fragmentHeader({ id, offset = 0, more = false }: FragmentFields, next?: number): Layer {
	return (inside) => {
		const built = extension(44, 8, 0)({ ...inside, protocol: next ?? inside.protocol });
		built.bytes.writeUInt16BE(offset | Number(more), 2);
		built.bytes.writeUInt32BE(id, 4);
		return built;
	};
}

function extension(protocol: number, length: number, field: number): Layer {
	return (inside): Built => {
		const header = Buffer.alloc(length);
		header[0] = inside.protocol;
		header[1] = field;
		return { ethertype: 0, protocol, bytes: Buffer.concat([header, inside.bytes]) };
	};
}

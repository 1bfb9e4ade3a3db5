/**
 * Packets as bytes: `packet(ethernet(), ipv4(...), tcp(...), bytes(100))`. Lengths and protocol numbers are right unless
 * a layer is told to lie. Checksums are zero: nothing under test looks at them.
 */
export interface Built {
	readonly bytes: Buffer;
	/** What an Ethernet header in front of it says. */
	readonly ethertype: number;
	/** What an IP header in front of it says. */
	readonly protocol: number;
}

/** Puts itself around what is inside it. */
export type Layer = (inside: Built) => Built;

export const PAYLOAD: Pick<Built, "ethertype" | "protocol"> = { ethertype: 0x88b5, protocol: 253 };

export function packet(...layers: readonly Layer[]): Buffer {
	return layers.reduceRight((inside, layer) => layer(inside), EMPTY).bytes;
}

const EMPTY: Built = { ...PAYLOAD, bytes: Buffer.alloc(0) };

export function bytes(count: number): Layer {
	return () => ({ ...PAYLOAD, bytes: Buffer.alloc(count, 0xa5) });
}

/** Only the first bytes of what is inside, which still believes to be whole. */
export function cut(count: number): Layer {
	return (inside) => ({ ...inside, bytes: inside.bytes.subarray(0, count) });
}

export interface EthernetFields {
	readonly destination?: string;
	readonly ethertype?: number;
}

export const ROUTER_MAC = "02:00:00:00:00:01";
export const ENDPOINT_MAC = "02:00:00:00:00:e1";

export function ethernet({ destination = ROUTER_MAC, ethertype }: EthernetFields = {}): Layer {
	return (inside) => {
		const header = Buffer.alloc(14);
		header.write(destination.replaceAll(":", ""), 0, "hex");
		header.write("0200000000c1", 6, "hex");
		header.writeUInt16BE(ethertype ?? inside.ethertype, 12);
		return { ...PAYLOAD, bytes: Buffer.concat([header, inside.bytes]) };
	};
}

/** 802.1Q; with `ethertype` 0x88a8 the outer tag of QinQ. */
export function vlan(id: number, ethertype = 0x8100): Layer {
	return (inside) => {
		const tag = Buffer.alloc(4);
		tag.writeUInt16BE(id, 0);
		tag.writeUInt16BE(inside.ethertype, 2);
		return { ...PAYLOAD, ethertype, bytes: Buffer.concat([tag, inside.bytes]) };
	};
}

/** Ethernet fills short frames up to 60 bytes. */
export function padded(frame: Buffer, size = 60): Buffer {
	return Buffer.concat([frame, Buffer.alloc(Math.max(0, size - frame.length))]);
}

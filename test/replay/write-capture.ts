/** Captures as bytes, for tests: what tcpdump and others would have written. */

export interface WrittenPacket {
	/** Seconds since 1970. */
	readonly at: number;
	readonly bytes: Buffer;
	/** On the wire, when it is more than what is there. */
	readonly wireLength?: number;
	/** pcapng: its interface. */
	readonly device?: number;
	readonly direction?: "in" | "out";
}

export interface CaptureShape {
	readonly linkType?: number;
	readonly littleEndian?: boolean;
	readonly nanoseconds?: boolean;
}

/** Time as whole units: 1.7e9 s have no room for nanoseconds in a number. */
function unitsOf(at: number, unitsPerSecond: number): [seconds: number, units: number] {
	const seconds = Math.floor(at);
	return [seconds, Math.round((at - seconds) * unitsPerSecond)];
}

type Word = readonly [value: number, bytes: 2 | 4];

function words(littleEndian: boolean, ...values: readonly (number | Word)[]): Buffer {
	return Buffer.concat(
		values.map((value) => {
			const [number, size] = typeof value === "number" ? [value, 4 as const] : value;
			const bytes = Buffer.alloc(size);
			if (littleEndian) bytes.writeUIntLE(number, 0, size);
			else bytes.writeUIntBE(number, 0, size);
			return bytes;
		}),
	);
}

export function pcap(packets: readonly WrittenPacket[], shape: CaptureShape = {}): Buffer {
	const { linkType = 1, littleEndian = true, nanoseconds = false } = shape;
	const magic = nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4;
	const header = words(littleEndian, magic, [2, 2], [4, 2], 0, 0, 262_144, linkType);
	const records = packets.map(({ at, bytes, wireLength = bytes.length }) => {
		const time = unitsOf(at, nanoseconds ? 1e9 : 1e6);
		return Buffer.concat([words(littleEndian, ...time, bytes.length, wireLength), bytes]);
	});
	return Buffer.concat([header, ...records]);
}

export interface PcapngShape {
	readonly littleEndian?: boolean;
	/** Link type of each interface. */
	readonly interfaces?: readonly number[];
	/** Digits of a second in time stamps. */
	readonly digits?: number;
	/** Blocks of a type that no reader knows, between the packets. */
	readonly strangeBlocks?: boolean;
}

export function pcapng(packets: readonly WrittenPacket[], shape: PcapngShape = {}): Buffer {
	const { littleEndian = true, interfaces = [1], digits = 6, strangeBlocks = false } = shape;
	const w = (...values: readonly (number | Word)[]) => words(littleEndian, ...values);
	const block = (type: number, body: Buffer) => {
		const length = body.length + 12;
		return Buffer.concat([w(type, length), body, w(length)]);
	};
	const blocks = packets.map(({ at, bytes, wireLength = bytes.length, device = 0, direction }) => {
		const [seconds, fraction] = unitsOf(at, 10 ** digits);
		const units = BigInt(seconds) * BigInt(10 ** digits) + BigInt(fraction);
		const time = [Number(units >> 32n), Number(units & 0xffffffffn)];
		const flags = direction ? w([2, 2], [4, 2], direction === "in" ? 1 : 2, 0) : Buffer.alloc(0);
		const body = [
			w(device, ...time, bytes.length, wireLength),
			bytes,
			Buffer.alloc(-bytes.length & 3),
			flags,
		];
		return block(6, Buffer.concat(body));
	});
	const strange = strangeBlocks ? block(0x0bad, Buffer.alloc(40)) : Buffer.alloc(0);
	return Buffer.concat([
		block(0x0a0d0d0a, w(0x1a2b3c4d, [1, 2], [0, 2], 0xffffffff, 0xffffffff)),
		...interfaces.map((linkType) =>
			block(
				1,
				Buffer.concat([w([linkType, 2], [0, 2], 0), w([9, 2], [1, 2]), Buffer.from([digits, 0, 0, 0]), w(0)]),
			),
		),
		...blocks.flatMap((each) => [strange, each]),
	]);
}

/** Linux cooked, versions 1 and 2, around an IP packet. */
export function cooked(ip: Buffer, { outgoing = false } = {}): Buffer {
	const header = Buffer.alloc(16);
	header.writeUInt16BE(outgoing ? 4 : 0, 0);
	header.writeUInt16BE(1, 2);
	header.writeUInt16BE(6, 4);
	header.writeUInt16BE(typeOf(ip), 14);
	return Buffer.concat([header, ip]);
}

export function cooked2(ip: Buffer, { outgoing = false, device = 1 } = {}): Buffer {
	const header = Buffer.alloc(20);
	header.writeUInt16BE(typeOf(ip), 0);
	header.writeUInt32BE(device, 4);
	header.writeUInt16BE(1, 8);
	header.writeUInt8(outgoing ? 4 : 0, 10);
	header.writeUInt8(6, 11);
	return Buffer.concat([header, ip]);
}

function typeOf(ip: Buffer): number {
	return (ip[0] ?? 0) >> 4 === 6 ? 0x86dd : 0x0800;
}

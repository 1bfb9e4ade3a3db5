/** Numbers of a pcapng section, in its byte order. */
import type { ByteWindow } from "./byte-window.ts";

type ReadNumber = (at: number) => number;

export interface Numbers {
	readonly u16: ReadNumber;
	readonly u32: ReadNumber;
	readonly i64: ReadNumber;
}

/** The bytes are those of the window at each call: it may have moved. */
export function numbersOf(window: ByteWindow, littleEndian: boolean): Numbers {
	return littleEndian
		? {
				u16: (at) => window.bytes.readUInt16LE(at),
				u32: (at) => window.bytes.readUInt32LE(at),
				i64: (at) => Number(window.bytes.readBigInt64LE(at)),
			}
		: {
				u16: (at) => window.bytes.readUInt16BE(at),
				u32: (at) => window.bytes.readUInt32BE(at),
				i64: (at) => Number(window.bytes.readBigInt64BE(at)),
			};
}

/** Everything in a block begins at a multiple of 4. */
export function padded(length: number): number {
	return (length + 3) & ~3;
}

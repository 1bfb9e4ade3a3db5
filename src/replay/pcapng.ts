/** pcapng (draft-ietf-opsawg-pcapng): blocks, some of which hold packets. What is of no use here is passed over. */
import { type ByteWindow, LONGEST_RECORD } from "./byte-window.ts";
import { CaptureError } from "./capture-error.ts";
import { type Capture, emptyPacket } from "./captured-packet.ts";
import { type CaptureInterface, readInterface, splitTime } from "./pcapng-interface.ts";
import { type Numbers, numbersOf, padded } from "./pcapng-numbers.ts";

/** Reads the same in both byte orders. */
export const SECTION_HEADER = 0x0a0d0d0a;
const BYTE_ORDER = 0x1a2b3c4d;
const INTERFACE = 1;
const OLD_PACKET = 2;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;

/** Type and length, and the length once more behind the body. */
const AROUND = 12;
/** Of the flags option of an enhanced packet. */
const FLAGS_OPTION = 2;
const DIRECTIONS = [undefined, "in", "out", undefined] as const;

export function openPcapng(window: ByteWindow): Capture {
	return new PcapngCapture(window);
}

class PcapngCapture implements Capture {
	readonly packet = emptyPacket();
	readonly #window: ByteWindow;
	#numbers: Numbers;
	#interfaces: CaptureInterface[] = [];

	constructor(window: ByteWindow) {
		this.#window = window;
		this.#numbers = numbersOf(window, false);
	}

	next(): boolean {
		while (this.#window.has(8)) {
			const type = this.#numbers.u32(this.#window.position);
			if (type === SECTION_HEADER) this.#beginSection();
			const length = this.#blockLength();
			if (this.#takeBlock(type, length)) return true;
		}
		const { left, offset } = this.#window;
		if (left > 0) throw new CaptureError(offset, `a block ends after ${left} bytes`, "8 at least");
		return false;
	}

	#beginSection(): void {
		const { offset } = this.#window;
		if (!this.#window.has(AROUND)) throw new CaptureError(offset, "a section header is cut off", "all of it");
		const { bytes } = this.#window;
		const order = bytes.readUInt32LE(this.#window.position + 8);
		const swapped = bytes.readUInt32BE(this.#window.position + 8);
		if (order !== BYTE_ORDER && swapped !== BYTE_ORDER) {
			const found = `the byte-order magic of a section is ${swapped.toString(16)}`;
			throw new CaptureError(offset, found, BYTE_ORDER.toString(16));
		}
		this.#numbers = numbersOf(this.#window, order === BYTE_ORDER);
		this.#interfaces = [];
	}

	#blockLength(): number {
		const length = this.#numbers.u32(this.#window.position + 4);
		if (length < AROUND || length % 4 !== 0) {
			const found = `a block has ${length} bytes`;
			throw new CaptureError(this.#window.offset, found, `a multiple of 4, ${AROUND} or more`);
		}
		return length;
	}

	/** Leaves the window behind the block. True: it held a packet. */
	#takeBlock(type: number, length: number): boolean {
		const { offset } = this.#window;
		if (length > LONGEST_RECORD) return this.#passOver(type, length, offset);
		if (!this.#window.has(length))
			throw new CaptureError(
				offset,
				`a block of ${length} bytes ends after ${this.#window.left}`,
				"all of it",
			);
		const at = this.#window.position;
		const again = this.#numbers.u32(at + length - 4);
		if (again !== length)
			throw new CaptureError(offset, `a block of ${length} bytes ends as one of ${again}`, "the same length");
		this.packet.offset = offset;
		const isPacket = this.#readBody(type, at + 8, at + length - 4);
		this.#window.position = at + length;
		return isPacket;
	}

	/** Long blocks of no use here, as of secrets or names. */
	#passOver(type: number, length: number, offset: number): false {
		if (isOfUse(type))
			throw new CaptureError(offset, `a block has ${length} bytes`, `${LONGEST_RECORD} at most`);
		if (!this.#window.skip(length))
			throw new CaptureError(offset, `a block of ${length} bytes is cut off`, "all of it");
		return false;
	}

	#readBody(type: number, at: number, end: number): boolean {
		const { u16, u32 } = this.#numbers;
		if (type === INTERFACE) this.#interfaces.push(readInterface(this.#numbers, this.#window.bytes, at, end));
		if (type === ENHANCED_PACKET) {
			this.#expectRoom(at, 20, end);
			this.#describe(u32(at), at + 4, end);
			this.packet.direction =
				DIRECTIONS[flagsOf(this.#numbers, at + 20 + padded(this.packet.captured), end) & 3];
		} else if (type === OLD_PACKET) {
			this.#expectRoom(at, 20, end);
			this.#describe(u16(at), at + 4, end);
		} else if (type === SIMPLE_PACKET) {
			this.#expectRoom(at, 4, end);
			this.#describeSimple(at, end);
		} else return false;
		return true;
	}

	/** `at`: of the time stamp; lengths and bytes of the packet follow. */
	#describe(device: number, at: number, end: number): void {
		const { u32 } = this.#numbers;
		const on = this.#interface(device);
		splitTime(u32(at), u32(at + 4), on, this.packet);
		this.#place(on, device, at + 16, u32(at + 8), u32(at + 12), end);
	}

	/** Has no time: that of the packet before. */
	#describeSimple(at: number, end: number): void {
		const on = this.#interface(0);
		const wireLength = this.#numbers.u32(at);
		const kept = Math.min(wireLength, on.snapLength || wireLength, end - at - 4);
		this.#place(on, 0, at + 4, kept, wireLength, end);
	}

	#place(
		on: CaptureInterface,
		device: number,
		at: number,
		captured: number,
		wire: number,
		end: number,
	): void {
		if (at + captured > end) {
			const found = `a packet of ${captured} bytes in a block with ${end - at} for it`;
			throw new CaptureError(this.packet.offset, found, "no more than that");
		}
		const { packet } = this;
		packet.linkType = on.linkType;
		packet.device = device;
		packet.direction = undefined;
		packet.at = at;
		packet.captured = captured;
		packet.wireLength = Math.max(wire, captured);
	}

	#interface(number: number): CaptureInterface {
		const found = this.#interfaces[number];
		if (found) return found;
		const known = `one of the ${this.#interfaces.length} described`;
		throw new CaptureError(this.packet.offset, `a packet is of interface ${number}`, known);
	}

	#expectRoom(at: number, size: number, end: number): void {
		if (at + size > end)
			throw new CaptureError(
				this.packet.offset,
				"a block is too short for a packet",
				`${size + AROUND} bytes`,
			);
	}
}

function isOfUse(type: number): boolean {
	return type === INTERFACE || type === ENHANCED_PACKET || type === OLD_PACKET || type === SIMPLE_PACKET;
}

function flagsOf({ u16, u32 }: Numbers, options: number, end: number): number {
	for (let at = options; at + 8 <= end; at += 4 + padded(u16(at + 2))) {
		if (u16(at) === FLAGS_OPTION) return u32(at + 4);
		if (u16(at) === 0) break;
	}
	return 0;
}

/** An interface of a pcapng section: its link type, and what its time stamps mean. */
import type { CapturedPacket } from "./captured-packet.ts";
import { type Numbers, padded } from "./pcapng-numbers.ts";

export interface CaptureInterface {
	readonly linkType: number;
	/** 0: no limit. */
	readonly snapLength: number;
	readonly unitsPerSecond: number;
	/** Seconds to add to every time stamp. */
	readonly offsetSeconds: number;
}

const RESOLUTION_OPTION = 9;
const OFFSET_OPTION = 14;

export function readInterface(numbers: Numbers, bytes: Buffer, at: number, end: number): CaptureInterface {
	const { u16, u32, i64 } = numbers;
	let unitsPerSecond = 1e6;
	let offsetSeconds = 0;
	for (let option = at + 8; option + 4 <= end && u16(option) !== 0; option += 4 + padded(u16(option + 2))) {
		if (u16(option) === RESOLUTION_OPTION) unitsPerSecond = unitsOf(bytes.readUInt8(option + 4));
		if (u16(option) === OFFSET_OPTION) offsetSeconds = i64(option + 4);
	}
	return { linkType: u16(at), snapLength: u32(at + 4), unitsPerSecond, offsetSeconds };
}

/** The upper bit: a power of 2, else of 10. */
function unitsOf(resolution: number): number {
	return resolution & 0x80 ? 2 ** (resolution & 0x7f) : 10 ** resolution;
}

/** 2^32 times the upper half is exact in a double, and so is every step from there. */
export function splitTime(
	high: number,
	low: number,
	{ unitsPerSecond, offsetSeconds }: CaptureInterface,
	packet: CapturedPacket,
): void {
	const upper = high * 2 ** 32;
	const rest = (upper % unitsPerSecond) + low;
	packet.seconds =
		(upper - (upper % unitsPerSecond)) / unitsPerSecond + Math.floor(rest / unitsPerSecond) + offsetSeconds;
	packet.nanoseconds = Math.floor(((rest % unitsPerSecond) * 1e9) / unitsPerSecond);
}

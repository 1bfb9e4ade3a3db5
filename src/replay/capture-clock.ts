/** Time as the capture tells it. It never goes back, as that of a machine does not: a packet noted late is taken as of now. */
import type { CapturedPacket } from "./captured-packet.ts";

/** So that no moment is 0, which means "never" to the programs. */
const BEGIN_NS = 3600e9;

export interface CaptureClock {
	/** Nanoseconds, from an hour on: exact for 104 days. */
	timeOf(packet: CapturedPacket): number;
}

export function createCaptureClock(): CaptureClock {
	let firstSecond: number | undefined;
	let now = BEGIN_NS;
	return {
		timeOf({ seconds, nanoseconds }) {
			firstSecond ??= seconds;
			const told = BEGIN_NS + (seconds - firstSecond) * 1e9 + nanoseconds;
			if (told > now) now = told;
			return now;
		},
	};
}

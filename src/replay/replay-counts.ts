/** What was in a capture, besides what the programs count of it. */
import type { CapturedPacket } from "./captured-packet.ts";

/** Ethernet with two VLAN tags. What is longer was captured before it was cut, or after it was put together. */
const LONGEST_FRAME = 9022;

export class ReplayCounts {
	packets = 0;
	/** On the wire, link-layer headers included. */
	bytes = 0;
	/** Of which the capture holds only the beginning. */
	snapped = 0;
	/** Longer than any on the wire: the counts take each for one packet. */
	superPackets = 0;
	notIp = 0;
	/** Seen on another device before, and so not counted again. */
	copies = 0;
	/** Which the kernel took for no packet. */
	refused = 0;
	firstNs = 0;
	lastNs = 0;

	add({ captured, wireLength }: CapturedPacket, timeNs: number): void {
		if (this.packets === 0) this.firstNs = timeNs;
		this.lastNs = timeNs;
		this.packets++;
		this.bytes += wireLength;
		if (captured < wireLength) this.snapped++;
		if (wireLength > LONGEST_FRAME) this.superPackets++;
	}

	get seconds(): number {
		return (this.lastNs - this.firstNs) / 1e9;
	}
}

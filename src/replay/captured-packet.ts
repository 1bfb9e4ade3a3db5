/** A packet as a capture tells it, whatever the format of the file. */

export interface CapturedPacket {
	/** LINKTYPE_ number of www.tcpdump.org/linktypes.html. */
	linkType: number;
	/** Where its bytes lie in the window, until the next packet. */
	at: number;
	/** Bytes that the capture holds of it. */
	captured: number;
	/** Bytes that it had, link-layer header included. */
	wireLength: number;
	/** Since 1970; the fraction in nanoseconds. */
	seconds: number;
	nanoseconds: number;
	/** Of pcapng: the interface's number; 0 in pcap. */
	device: number;
	/** Of pcapng, where the writer noted it. */
	direction: "in" | "out" | undefined;
	/** Byte of the file at which its record begins. */
	offset: number;
}

export interface Capture {
	/** The same object at each packet. */
	readonly packet: CapturedPacket;
	/** True: `packet` is the next one. False: the end. @throws {CaptureError} */
	next(): boolean;
}

export function emptyPacket(): CapturedPacket {
	return {
		linkType: 0,
		at: 0,
		captured: 0,
		wireLength: 0,
		seconds: 0,
		nanoseconds: 0,
		device: 0,
		direction: undefined,
		offset: 0,
	};
}

/** A capture file, packet after packet: pcap or pcapng by its first bytes. */
import type { ByteWindow } from "./byte-window.ts";
import { CaptureError } from "./capture-error.ts";
import type { Capture } from "./captured-packet.ts";
import { openPcap, PCAP_MAGICS } from "./pcap.ts";
import { openPcapng, SECTION_HEADER } from "./pcapng.ts";

/** @throws {CaptureError} when it is no capture */
export function openCapture(window: ByteWindow): Capture {
	if (!window.has(4)) throw new CaptureError(0, `there are ${window.left} bytes`, "a pcap or pcapng file");
	const magic = window.bytes.readUInt32BE(window.position);
	if (magic === SECTION_HEADER) return openPcapng(window);
	if (PCAP_MAGICS.has(magic)) return openPcap(window);
	throw new CaptureError(0, foundFor(magic), "a pcap or pcapng file");
}

function foundFor(magic: number): string {
	if (magic >>> 16 === 0x1f8b) return 'the file is gzip ("zcat FILE | lbscope replay -" reads it)';
	if (magic === 0x28b52ffd) return 'the file is zstd ("zstdcat FILE | lbscope replay -" reads it)';
	return `the file begins with ${magic.toString(16).padStart(8, "0")}`;
}

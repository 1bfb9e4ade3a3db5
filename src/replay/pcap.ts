/** pcap (draft-ietf-opsawg-pcap): a file header, then records. Microseconds or nanoseconds, either byte order. */
import { type ByteWindow, LONGEST_RECORD } from "./byte-window.ts";
import { CaptureError } from "./capture-error.ts";
import { type Capture, type CapturedPacket, emptyPacket } from "./captured-packet.ts";

interface Flavour {
	readonly littleEndian: boolean;
	readonly nsPerUnit: number;
}

/** By the first four bytes, read as big-endian. */
export const PCAP_MAGICS: ReadonlyMap<number, Flavour> = new Map([
	[0xa1b2c3d4, { littleEndian: false, nsPerUnit: 1000 }],
	[0xd4c3b2a1, { littleEndian: true, nsPerUnit: 1000 }],
	[0xa1b23c4d, { littleEndian: false, nsPerUnit: 1 }],
	[0x4d3cb2a1, { littleEndian: true, nsPerUnit: 1 }],
]);

const FILE_HEADER = 24;
const RECORD_HEADER = 16;
/** The bits above are of the checksum at the end of frames. */
const LINK_TYPE_MASK = 0x03ffffff;

/** @throws {CaptureError} */
export function openPcap(window: ByteWindow): Capture {
	if (!window.has(FILE_HEADER))
		throw new CaptureError(0, `the file header ends after ${window.left} bytes`, `${FILE_HEADER}`);
	const { littleEndian, nsPerUnit } = PCAP_MAGICS.get(window.bytes.readUInt32BE(0)) as Flavour;
	const u32 = (at: number) => window.view.getUint32(at, littleEndian);
	const packet = emptyPacket();
	packet.linkType = u32(20) & LINK_TYPE_MASK;
	window.position += FILE_HEADER;
	return {
		packet,
		next() {
			if (!window.has(RECORD_HEADER)) return endOf(window);
			const at = window.position;
			packet.offset = window.offset;
			packet.seconds = u32(at);
			packet.nanoseconds = u32(at + 4) * nsPerUnit;
			packet.captured = u32(at + 8);
			packet.wireLength = Math.max(u32(at + 12), packet.captured);
			takeData(window, packet);
			return true;
		},
	};
}

function endOf(window: ByteWindow): false {
	if (window.left === 0) return false;
	throw new CaptureError(
		window.offset,
		`the header of a packet ends after ${window.left} bytes`,
		`${RECORD_HEADER}`,
	);
}

function takeData(window: ByteWindow, packet: CapturedPacket): void {
	const { captured, offset } = packet;
	if (captured > LONGEST_RECORD)
		throw new CaptureError(offset, `a packet has ${captured} bytes`, `${LONGEST_RECORD} at most`);
	if (!window.has(RECORD_HEADER + captured)) {
		const left = window.left - RECORD_HEADER;
		throw new CaptureError(offset, `a packet of ${captured} bytes ends after ${left}`, "all of it");
	}
	packet.at = window.position + RECORD_HEADER;
	window.position += RECORD_HEADER + captured;
}

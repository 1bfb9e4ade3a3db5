/** A capture as bytes -> its packets, by way of a file. */
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ByteWindow } from "../../src/replay/byte-window.ts";
import { openCapture } from "../../src/replay/capture.ts";
import { CaptureError } from "../../src/replay/capture-error.ts";
import type { CapturedPacket } from "../../src/replay/captured-packet.ts";

export interface ReadPacket extends Omit<CapturedPacket, "at" | "offset"> {
	readonly bytes: string;
}

export interface ReadResult {
	readonly packets: readonly ReadPacket[];
	readonly error: CaptureError | undefined;
}

export function withFile<T>(content: Buffer, use: (fd: number) => T): T {
	const directory = mkdtempSync(join(tmpdir(), "lbscope-test-"));
	const file = join(directory, "capture");
	writeFileSync(file, content);
	const fd = openSync(file, "r");
	try {
		return use(fd);
	} finally {
		closeSync(fd);
		rmSync(directory, { recursive: true });
	}
}

/** Up to the error, if there is one. */
export function readCapture(content: Buffer): ReadResult {
	return withFile(content, (fd) => {
		const packets: ReadPacket[] = [];
		const window = new ByteWindow(fd);
		try {
			const capture = openCapture(window);
			while (capture.next()) {
				const { at, offset, ...packet } = capture.packet;
				packets.push({ ...packet, bytes: window.bytes.toString("hex", at, at + packet.captured) });
			}
			return { packets, error: undefined };
		} catch (error) {
			if (!(error instanceof CaptureError)) throw error;
			return { packets, error };
		}
	});
}

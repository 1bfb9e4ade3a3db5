/** Ways to answer. */
import type { ServerResponse } from "node:http";
import type { Response } from "express";
import type { Body, HeldPiece } from "../model/body.ts";

/** A reader on this machine takes a whole page at once if it can, while all others wait. */
const TURN_BYTES = 512 * 1024;
/** Of one response. A reader that takes a byte now and then would hold a page of old for ever, and each its own. */
const SEND_WITHIN_MS = 60_000;

/** Not by express: whoever floods a server gets such answers. */
export function sendText(res: Response, status: number, text: string): void {
	res.statusCode = status;
	res.setHeader("Content-Type", "text/plain; charset=utf-8");
	res.end(`${text}\n`);
}

/** To be tried again, but not at once. */
export function sendBusy(res: Response, status: 429 | 503, text: string): void {
	sendText(res.set("Retry-After", "1"), status, text);
}

/**
 * Piece by piece, each of which is released as soon as the kernel has it. The body is not empty, the headers are set, and
 * the response is open. `moved` is called for each piece.
 */
export function sendBody(res: ServerResponse, body: Body, moved: () => void): void {
	const pieces = body.hold();
	let written = 0;
	let released = 0;
	const deadline = setTimeout(() => res.destroy(), SEND_WITHIN_MS);
	res.once("close", () => {
		clearTimeout(deadline);
		while (released < pieces.length) pieces[released++]?.release();
	});
	const flushed = () => {
		if (res.destroyed) return;
		moved();
		pieces[released++]?.release();
		if (released === pieces.length) res.end();
		else if (released === written) setImmediate(turn);
	};
	const turn = () => {
		if (res.destroyed) return;
		for (let bytes = 0; bytes < TURN_BYTES && written < pieces.length; ) {
			const piece = pieces[written++] as HeldPiece;
			bytes += piece.bytes.length;
			res.write(piece.bytes, flushed);
		}
	};
	turn();
}

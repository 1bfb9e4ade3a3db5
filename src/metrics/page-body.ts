/** The page as responses take it: its chunks stay as they are while somebody holds them. */
import type { Body, HeldPiece } from "../model/body.ts";
import type { Chunk } from "./chunk.ts";

/** Bytes that are never written again, or, with a chunk, not while it is held. */
export interface Piece {
	readonly bytes: Uint8Array;
	readonly chunk?: Chunk;
}

export interface PageBody extends Body {
	/** The next page begins: what nobody holds by now is written over. */
	supersede(): void;
}

export function createPageBody(pieces: readonly Piece[]): PageBody {
	let isSuperseded = false;
	return {
		byteLength: pieces.reduce((sum, { bytes }) => sum + bytes.length, 0),
		hold() {
			if (isSuperseded) throw new Error("Cannot hold the page: a newer one has begun, expected the newest");
			return pieces.map(holdPiece);
		},
		supersede() {
			isSuperseded = true;
		},
	};
}

function holdPiece({ bytes, chunk }: Piece): HeldPiece {
	if (chunk === undefined) return { bytes, release() {} };
	chunk.holds++;
	return { bytes, release: () => void chunk.holds-- };
}

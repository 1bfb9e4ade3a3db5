/** A stretch of the page that is written in place, unless a response still reads it: then a copy takes its place. */
export interface Chunk {
	readonly bytes: Buffer;
	/** The same memory. */
	readonly words: Int32Array;
	/** How many responses read it. */
	holds: number;
}

export function createChunk(byteLength: number): Chunk {
	const bytes = Buffer.allocUnsafeSlow(byteLength);
	return { bytes, words: new Int32Array(bytes.buffer), holds: 0 };
}

/** The chunk, or a copy of its first `used` bytes. */
export function writableChunk(chunk: Chunk, used: number): Chunk {
	if (chunk.holds === 0) return chunk;
	const copy = createChunk(chunk.bytes.length);
	chunk.bytes.copy(copy.bytes, 0, 0, used);
	return copy;
}

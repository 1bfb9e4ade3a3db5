/** Numbers in memory that is looked at as 32-bit words. */

const TWO_TO_32 = 2 ** 32;

/** A Buffer as words. It begins at a multiple of 4. */
export function wordsOf({ buffer, byteOffset, length }: Buffer): Uint32Array {
	return new Uint32Array(buffer, byteOffset, length >>> 2);
}

/** Exact below 2^53. */
export function u64At(words: Uint32Array, at: number): number {
	return (words[at + 1] as number) * TWO_TO_32 + (words[at] as number);
}

export function setU64(words: Uint32Array, at: number, value: number): void {
	words[at] = value % TWO_TO_32;
	words[at + 1] = Math.floor(value / TWO_TO_32);
}

/** One byte, as a place in a word. */
export function bytePlace(offset: number): { readonly word: number; readonly shift: number } {
	return { word: offset >>> 2, shift: 8 * (offset & 3) };
}

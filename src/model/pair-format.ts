/** Where the numbers stand in the rows that a source hands over. Offsets in bytes, multiples of 4 unless said otherwise. */

/** `count` rows: row i has its key at i * keyBytes and its value at i * valueBytes. Both begin at a multiple of 4. */
export interface RowBatch {
	readonly count: number;
	readonly keys: Buffer;
	readonly values: Buffer;
}

/** Rows of client-endpoint pairs. What is not named here in a key tells endpoints apart. */
export interface PairFormat {
	readonly keyBytes: number;
	readonly valueBytes: number;
	/** 16 bytes, see address.ts. */
	readonly client: number;
	/** u8, anywhere: how many of the 128 bits of the client are kept. */
	readonly clientPrefix: number;
	/** u32: the service slot. */
	readonly slot: number;
	/** u64 */
	readonly packets: number;
	readonly bytes: number;
	/** u32, not 0: about to be taken away. */
	readonly leaving: number;
	/** Value of `dip`, whatever the client is. Called when an endpoint is new for a slot. */
	endpointOf(keys: Buffer, offset: number): string;
}

/** What rows of a ledger say. */
export const RETIRED_PAIR = 1;
export const RETIRED_CLIENT = 2;
export const RETIRED_ENDPOINT = 3;
export const KEPT_CLIENT = 4;
export const KEPT_ENDPOINT = 5;

/** Rows of what pairs that are gone had counted. */
export interface LedgerFormat {
	readonly keyBytes: number;
	readonly valueBytes: number;
	/** u32: one of the above. */
	readonly level: number;
	readonly slot: number;
	/** Of the client, if that is kept. */
	readonly address: number;
	readonly clientPrefix: number;
	readonly packets: number;
	readonly bytes: number;
	/** Value of `dip` of an endpoint that is kept. */
	endpointOf(keys: Buffer, offset: number): string;
}

/** A Buffer as 32-bit words. */
export function wordsOf({ buffer, byteOffset, length }: Buffer): Uint32Array {
	return new Uint32Array(buffer, byteOffset, length >>> 2);
}

/** One byte of a key, as a place in a word. */
export function bytePlace(offset: number): { readonly word: number; readonly shift: number } {
	return { word: offset >>> 2, shift: 8 * (offset & 3) };
}

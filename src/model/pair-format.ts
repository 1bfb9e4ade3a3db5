/** Where the numbers stand in the rows of a source. Offsets in bytes, multiples of 4 unless said otherwise. */

/** Rows of client-endpoint pairs, which the source changes in place. What is not named here in a key tells endpoints apart. */
export interface PairFormat {
	readonly rowBytes: number;
	/** u32: odd when the row holds a pair. One more with each that comes and each that goes. */
	readonly version: number;
	/** u32, not 0: about to be taken away. */
	readonly leaving: number;
	/** u64 */
	readonly packets: number;
	readonly bytes: number;
	readonly key: number;
	readonly keyBytes: number;
	/** In the key. 16 bytes, see address.ts. */
	readonly client: number;
	/** In the key. u8, anywhere: how many of the 128 bits of the client are kept. */
	readonly clientPrefix: number;
	/** In the key. u32: the service slot. */
	readonly slot: number;
	/** Value of `dip`, whatever the client is; the key is at `offset`. Called when an endpoint is new for a slot. */
	endpointOf(keys: Buffer, offset: number): string;
}

/** `count` rows: row i has its key at i * keyBytes and its value at i * valueBytes. Both begin at a multiple of 4. */
export interface RowBatch {
	readonly count: number;
	readonly keys: Buffer;
	readonly values: Buffer;
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

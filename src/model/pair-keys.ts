/** Parts of a pair's key: which client, which slot, which endpoint. */
import { OTHER_CLIENTS } from "./client-text.ts";
import { bytePlace, type PairFormat } from "./pair-format.ts";

const CLIENT_WORDS = 4;
/** In place of the prefix where the client is left out. */
const NO_CLIENT = 0;

export interface PairKeys {
	/** In words. */
	readonly client: number;
	prefixOf(words: Uint32Array, at: number): number;
	slotOf(words: Uint32Array, at: number): number;
	/** Whether it was made by otherKey(). */
	isOther(words: Uint32Array, at: number): boolean;
	/** The key without the client: the same for all pairs of an endpoint and a slot. Valid until the next call. */
	endpointKey(words: Uint32Array, at: number): Uint32Array;
	/** A key that no row of the kernel has: all clients without a series, with the endpoint of this id. Valid until the next call. */
	otherKey(slot: number, endpointId: number): Uint32Array;
	/** Puts the client of the key at words[at] into an endpoint key. False: no pair has both. */
	combine(endpointKey: Uint32Array, words: Uint32Array, at: number): boolean;
}

export function createPairKeys(format: PairFormat): PairKeys {
	const client = format.client / 4;
	const slot = format.slot / 4;
	const keyWords = format.keyBytes / 4;
	const { word, shift } = bytePlace(format.clientPrefix);
	const free = endpointWord(keyWords, [slot, word, client, client + 1, client + 2, client + 3]);
	const endpoint = new Uint32Array(keyWords);
	const other = new Uint32Array(keyWords);

	const prefixOf = (words: Uint32Array, at: number) => ((words[at + word] as number) >>> shift) & 255;

	function setPrefix(words: Uint32Array, prefix: number): void {
		words[word] = ((words[word] as number) & ~(255 << shift)) | (prefix << shift);
	}

	const isOther = (words: Uint32Array, at: number) => prefixOf(words, at) === OTHER_CLIENTS;

	return {
		client,
		prefixOf,
		slotOf: (words, at) => words[at + slot] as number,
		isOther,
		endpointKey(words, at) {
			for (let i = 0; i < keyWords; i++) endpoint[i] = words[at + i] as number;
			for (let i = 0; i < CLIENT_WORDS; i++) endpoint[client + i] = 0;
			setPrefix(endpoint, isOther(words, at) ? OTHER_CLIENTS : NO_CLIENT);
			return endpoint;
		},
		otherKey(slotNumber, endpointId) {
			other.fill(0);
			other[slot] = slotNumber;
			other[free] = endpointId;
			setPrefix(other, OTHER_CLIENTS);
			return other;
		},
		combine(endpointKey, words, at) {
			if (isOther(endpointKey, 0) !== isOther(words, at)) return false;
			for (let i = 0; i < CLIENT_WORDS; i++) endpointKey[client + i] = words[at + client + i] as number;
			setPrefix(endpointKey, prefixOf(words, at));
			return true;
		},
	};
}

/** A word of the key that is neither client nor slot nor prefix. */
function endpointWord(keyWords: number, taken: readonly number[]): number {
	const words = Array.from({ length: keyWords }, (_, i) => i);
	const free = words.find((word) => !taken.includes(word));
	if (free === undefined) {
		throw new RangeError(
			`Cannot tell endpoints apart: no word of the key is left, expected one more than ${keyWords}`,
		);
	}
	return free;
}

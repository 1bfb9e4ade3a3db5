/** Parts of a pair's key, where it stands in its row: which client, which slot, which endpoint. */
import { OTHER_CLIENTS } from "./client-text.ts";
import type { PairFormat } from "./pair-format.ts";
import { bytePlace } from "./words.ts";

const CLIENT_WORDS = 4;
/** In place of the prefix where the client is left out. */
const NO_CLIENT = 0;

/** `at`: where the row begins, in words. */
export interface PairKeys {
	readonly keyWords: number;
	/** From there on, in words. */
	readonly client: number;
	prefixOf(words: Uint32Array, at: number): number;
	slotOf(words: Uint32Array, at: number): number;
	/** The key without the client: the same for all pairs of an endpoint and a slot. Valid until the next call. */
	endpointKey(words: Uint32Array, at: number): Uint32Array;
	/** A key that no pair has: what of the slot has no client, for the endpoint of this id. Valid until the next call. */
	otherKey(slot: number, endpointId: number): Uint32Array;
}

export function createPairKeys(format: PairFormat): PairKeys {
	const keyWords = format.keyBytes / 4;
	const key = format.key / 4;
	const client = format.client / 4;
	const slot = format.slot / 4;
	const { word, shift } = bytePlace(format.clientPrefix);
	const free = endpointWord(keyWords, [slot, word, client, client + 1, client + 2, client + 3]);
	const endpoint = new Uint32Array(keyWords);

	function setPrefix(words: Uint32Array, prefix: number): void {
		words[word] = ((words[word] as number) & ~(255 << shift)) | (prefix << shift);
	}

	return {
		keyWords,
		client: key + client,
		prefixOf: (words, at) => ((words[at + key + word] as number) >>> shift) & 255,
		slotOf: (words, at) => words[at + key + slot] as number,
		endpointKey(words, at) {
			for (let i = 0; i < keyWords; i++) endpoint[i] = words[at + key + i] as number;
			for (let i = 0; i < CLIENT_WORDS; i++) endpoint[client + i] = 0;
			setPrefix(endpoint, NO_CLIENT);
			return endpoint;
		},
		otherKey(slotNumber, endpointId) {
			endpoint.fill(0);
			endpoint[slot] = slotNumber;
			endpoint[free] = endpointId;
			setPrefix(endpoint, OTHER_CLIENTS);
			return endpoint;
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

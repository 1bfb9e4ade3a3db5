/** What flows of one pair have had, told to a book once. */
import { describe, expect, it } from "vitest";
import { createGrownPairs } from "../../../src/sources/loxilb/grown-pairs.ts";
import { createPairBook } from "../../../src/sources/loxilb/pair-book.ts";
import { PAIR_KEY } from "../../../src/sources/loxilb/pair-key.ts";

const CAPACITY = 8;

function keyOf(client: number): Uint32Array {
	const key = new Uint32Array(PAIR_KEY.words);
	key[PAIR_KEY.client] = client;
	return key;
}

function grown() {
	const told: [number, number, number][] = [];
	const book = {
		...createPairBook({ pairs: 4, services: 1 }),
		add(words: Uint32Array, at: number, packets: number, bytes: number) {
			if (packets > 0 || bytes > 0) told.push([words[at + PAIR_KEY.client] as number, packets, bytes]);
		},
	};
	const pairs = createGrownPairs(CAPACITY, book);
	const tellAll = () => {
		for (let pair = 0; pair < pairs.length; ) pair = pairs.tell(pair);
		return told.splice(0);
	};
	return { pairs, tellAll };
}

describe("a pair that has grown", () => {
	it("is told once, whatever flows it has, and not again", () => {
		const { pairs, tellAll } = grown();
		const [one, same, other] = [1, 1, 2].map((client) => pairs.join(keyOf(client), 0)) as [
			number,
			number,
			number,
		];
		pairs.add(one, 2, 100);
		pairs.add(same, 3, 50);
		pairs.add(other, 1, 60);
		expect(tellAll()).toEqual([
			[1, 5, 150],
			[2, 1, 60],
		]);
		expect(tellAll()).toEqual([]);
	});

	it("is told when its last flow goes, lest another one has what was its", () => {
		const { pairs, tellAll } = grown();
		const first = pairs.join(keyOf(1), 0);
		pairs.join(keyOf(1), 0);
		pairs.add(first, 2, 100);
		pairs.leave(first);
		pairs.leave(first);
		const next = pairs.join(keyOf(2), 0);
		pairs.add(next, 1, 60);
		expect(tellAll()).toEqual([
			[1, 2, 100],
			[2, 1, 60],
		]);
	});

	it("leaves its number to another one", () => {
		const { pairs } = grown();
		for (let client = 0; client < 5 * CAPACITY; client++) pairs.leave(pairs.join(keyOf(client), 0));
		expect(pairs.length).toBeLessThanOrEqual(CAPACITY);
	});
});

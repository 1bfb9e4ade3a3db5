import fc from "fast-check";
import { expect, it } from "vitest";
import { createKeyIndex, NO_ROW } from "../../src/model/key-index.ts";
import { createRandom } from "./random.ts";

const KEYS = 40;

const anyStep = fc.record({
	adds: fc.boolean(),
	key: fc.nat({ max: KEYS - 1 }),
	near: fc.nat({ max: KEYS }),
});
const KEY_WORDS = Uint32Array.from({ length: 2 * KEYS }, (_, i) => (i % 2 === 0 ? i : 7));

it("finds the keys that were added and not removed, each in a row of its own", () => {
	fc.assert(
		fc.property(fc.array(anyStep, { maxLength: 200 }), (steps) => {
			const index = createKeyIndex(KEYS, { keyWords: 2, recordWords: 3 });
			const rows = new Map<number, number>();
			for (const { adds, key, near } of steps) {
				const row = rows.get(key);
				if (row !== undefined) index.remove(row);
				rows.delete(key);
				if (adds) rows.set(key, index.add(KEY_WORDS, 2 * key, near));
				else index.rewind();
			}
			expect([index.size, new Set(rows.values()).size]).toEqual([rows.size, rows.size]);
			for (let key = 0; key < KEYS; key++)
				expect(index.find(KEY_WORDS, 2 * key)).toBe(rows.get(key) ?? NO_ROW);
			for (const row of rows.values()) expect(row).toBeLessThan(index.length);
		}),
	);
});

it("keeps rows near each other that are read one behind another, however many gave way to others", () => {
	const ROWS = 4000;
	const index = createKeyIndex(2 * ROWS, { keyWords: 1, recordWords: 1 });
	const random = createRandom(7);
	/** In the order of reading. */
	let read: { readonly row: number }[] = [];
	let lastKey = 0;

	function insert(into: typeof read): void {
		into.push({ row: index.add(Uint32Array.of(++lastKey), 0, (into.at(-1)?.row ?? -1) + 1) });
	}

	for (let i = 0; i < ROWS; i++) insert(read);
	for (let poll = 0; poll < 80; poll++) {
		const now: typeof read = [];
		index.rewind();
		for (const each of read) {
			now.push(each);
			if (random() < 1 / 20) insert(now);
		}
		const left = new Set(now.filter(() => random() < 1 / 21));
		for (const { row } of left) index.remove(row);
		read = now.filter((each) => !left.has(each));
	}
	const far = read.filter(({ row }, i) => Math.abs(row - (read[i - 1]?.row ?? row)) > 256);
	expect(far.length).toBeLessThan(read.length / 10);
	expect(index.length).toBeLessThan(1.25 * read.length);
});

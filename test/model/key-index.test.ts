import fc from "fast-check";
import { expect, it } from "vitest";
import { createKeyIndex, NO_ROW } from "../../src/model/key-index.ts";

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

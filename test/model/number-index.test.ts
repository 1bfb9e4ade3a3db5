import fc from "fast-check";
import { expect, it } from "vitest";
import { createNumberIndex } from "../../src/model/number-index.ts";

it("numbers keys below 2^53 in the order of their first appearance", () => {
	fc.assert(
		fc.property(fc.array(fc.maxSafeNat()), fc.maxSafeNat(), (keys, stranger) => {
			const index = createNumberIndex(keys.length);
			const distinct = [...new Set(keys)];
			for (const key of keys) expect(index.findOrAdd(key)).toBe(distinct.indexOf(key));
			expect(index.size()).toBe(distinct.length);
			expect(index.find(stranger)).toBe(distinct.indexOf(stranger));
		}),
	);
});

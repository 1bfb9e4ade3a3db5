import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addToClasses, createClassSizes, positionsOfSmallest } from "../../src/model/smallest.ts";

function smallest(numbers: Float64Array, count: number): Promise<Uint32Array> {
	const sizes = createClassSizes();
	addToClasses(sizes, numbers, 0, numbers.length);
	return positionsOfSmallest(numbers, count, sizes);
}

describe("the smallest numbers", () => {
	it("are those that sorting would give, of equal ones the first", async () => {
		const anyNumber = fc.oneof(
			fc.nat(),
			fc.double({ min: 0, noNaN: true }),
			fc.constantFrom(0, 1, 2 ** 53, 1e-300),
		);
		await fc.assert(
			fc.asyncProperty(fc.array(anyNumber), fc.nat({ max: 12 }), async (numbers, count) => {
				const sorted = [...numbers.keys()].sort((a, b) => (numbers[a] ?? 0) - (numbers[b] ?? 0) || a - b);
				const positions = [...(await smallest(Float64Array.from(numbers, Math.abs), count))];
				expect(positions.sort((a, b) => a - b)).toEqual(sorted.slice(0, count).sort((a, b) => a - b));
			}),
		);
	});

	it("are told apart in the last bit", async () => {
		const numbers = Float64Array.of(2 ** 52 + 2, 2 ** 52, 2 ** 52 + 1);
		expect([...(await smallest(numbers, 2))].sort()).toEqual([1, 2]);
	});

	it("are none of none", async () => expect(await smallest(new Float64Array(), 3)).toHaveLength(0));
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DIGIT_WORDS, DIGITS, patchDigits } from "../../src/metrics/digits.ts";

/** Lines of one word before their digits. */
const STRIDE = 1 + DIGIT_WORDS;

function patched(rows: readonly number[], values: readonly number[]): string {
	const text = Buffer.alloc(rows.length * STRIDE * 4, "abcd");
	const words = new Int32Array(text.buffer, text.byteOffset, text.length / 4);
	patchDigits(words, STRIDE, Uint32Array.from(rows), Float64Array.from(values));
	return text.toString();
}

describe("a number patched into its line", () => {
	it.each([
		[0, "0000000000000000"],
		[12_345, "0000000000012345"],
		[99_999_999, "0000000099999999"],
		[100_000_000, "0000000100000000"],
		[2 ** 32, "0000004294967296"],
		[2 ** 53 - 1, "9007199254740991"],
		[9_007_199_199_999_999, "9007199199999999"],
	])("%d is sixteen digits, and nothing else of the line changes", (value, digits) => {
		expect(patched([0], [value])).toBe(`abcd${digits}`);
	});

	it("is exact for every whole number that a double can be", () => {
		fc.assert(
			fc.property(
				fc.maxSafeNat(),
				(value) => patched([0], [value]) === `abcd${String(value).padStart(DIGITS, "0")}`,
			),
		);
	});

	it("is that of the row that has the line", () => {
		expect(patched([2, 0], [5, 6, 7])).toBe("abcd0000000000000007abcd0000000000000005");
	});
});

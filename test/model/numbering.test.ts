import { describe, expect, it } from "vitest";
import { numberTexts, translation } from "../../src/model/numbering.ts";

describe.each([
	["distinct texts", ["b", "a", "c"], ["b", "a", "c"], [0, 1, 2]],
	["repeated texts", ["b", "a", "b", "c", "a"], ["b", "a", "c"], [0, 1, 0, 2, 1]],
	["no text", [], [], []],
])("%s", (_, given, texts, numbers) => {
	it("have one number each, in the order of their first appearance", () => {
		const numbering = numberTexts(given);
		expect(numbering.texts).toEqual(texts);
		expect([...numbering.numbers]).toEqual(numbers);
		expect([...numbering.numberOf]).toEqual(texts.map((text, number) => [text, number]));
	});
});

it("translates numbers by their texts, and -1 says that a text is not there", () => {
	expect([...translation(numberTexts(["x", "y", "z"]), numberTexts(["z", "x"]))]).toEqual([1, -1, 0]);
});

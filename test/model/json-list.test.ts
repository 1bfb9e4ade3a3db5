import { expect, test } from "vitest";
import { jsonListPieces } from "../../src/model/json-list.ts";

function listOf(text: string, key = "list"): unknown[] {
	return [...jsonListPieces(Buffer.from(text), key)].flat();
}

const AWKWARD = [1, "a]},{[", 'quo"te\\', { deep: [[{ x: [1, 2] }], "]"] }, null, "ü€", []];

test("reads what JSON.parse reads", () => {
	expect(listOf(JSON.stringify({ list: AWKWARD }))).toEqual(AWKWARD);
	expect(listOf(`${JSON.stringify({ list: AWKWARD }, undefined, 2)}\n`)).toEqual(AWKWARD);
	expect(listOf('{"list":[]}')).toEqual([]);
	expect(listOf('{ "list" : null }\n')).toEqual([]);
});

test("gives a long list in pieces of a bounded size", () => {
	const long = Array.from({ length: 5000 }, (_, i) => ({ i, of: AWKWARD }));
	const pieces = [...jsonListPieces(Buffer.from(JSON.stringify({ list: long })), "list")];
	expect(pieces.flat()).toEqual(long);
	expect(pieces.length).toBeGreaterThan(5);
	for (const piece of pieces) expect(JSON.stringify(piece).length).toBeLessThan(70_000);
});

test("refuses what is cut, at any place", () => {
	const text = Buffer.from(JSON.stringify({ list: AWKWARD }));
	for (let length = 0; length < text.length; length++) {
		expect(() => [...jsonListPieces(text.subarray(0, length), "list")], `${length}`).toThrow(SyntaxError);
	}
});

test.each([
	["another property", '{"other": [1]}'],
	["more than the list", '{"list": [1], "other": 2}'],
	["no object", "[1]"],
	["no list", '{"list": {"a": 1}}'],
	["no JSON", "<html>"],
	["brackets that do not fit", '{"list": [{"a": 1]]}'],
])("refuses %s", (_, text) => {
	expect(() => listOf(text)).toThrow(SyntaxError);
});

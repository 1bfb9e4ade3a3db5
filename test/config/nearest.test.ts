import { expect, test } from "vitest";
import { editDistance, nearest } from "../../src/config/nearest.ts";

test.each([
	["lisen", "listen"],
	["Listen", "listen"],
	["listne", "listen"],
	["prot", "port"],
	["intreval", "interval"],
])("%s means %s", (word, meant) => {
	expect(nearest(word, ["port", "listen", "interval"])).toBe(meant);
});

test.each(["database", "x", "", "listen".repeat(20)])("%j is near nothing", (word) => {
	expect(nearest(word, ["port", "listen", "interval"])).toBeUndefined();
});

test("the first of equally near words is meant", () => {
	expect(nearest("rice", ["rise", "rite"])).toBe("rise");
});

test.each([
	["", "", 0],
	["", "abc", 3],
	["abc", "abd", 1],
	["abc", "acb", 1],
	["abc", "ab", 1],
	["kitten", "sitting", 3],
])("%j and %j are %d apart", (from, to, distance) => {
	expect(editDistance(from, to)).toBe(distance);
	expect(editDistance(to, from)).toBe(distance);
});

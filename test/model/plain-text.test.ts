import fc from "fast-check";
import { expect, test } from "vitest";
import { plainLines, plainText } from "../../src/model/plain-text.ts";

test.each([
	["eth0", "eth0"],
	["Zähler 😀", "Zähler 😀"],
	["a\tb", "a\tb"],
	["a\nb", "a\\u000ab"],
	["\u001b[2J", "\\u001b[2J"],
	["\u009b2J", "\\u009b2J"],
	["\u202egnp.exe", "\\u202egnp.exe"],
	["\u2028", "\\u2028"],
	["\ud83d", "\\ud83d"],
])("%j is shown as %j", (text, shown) => {
	expect(plainText(text)).toBe(shown);
});

test("lines stay lines", () => {
	expect(plainLines("a\u0007\nb\r\n")).toBe("a\\u0007\nb\\u000d\n");
});

test("whatever the text, nothing in it moves a cursor or turns a line around", () => {
	fc.assert(
		fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
			expect(plainText(text)).not.toMatch(/(?!\t)[\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029]/u);
		}),
	);
});

import { expect, test } from "vitest";
import { displayWidth } from "../../src/config/display-width.ts";

test.each([
	["", 0],
	["abc", 3],
	["é", 1],
	["e\u0301", 1],
	["負荷", 4],
	["한국", 4],
	["ｶﾅ", 2],
	["ＡＢ", 4],
	["🎉", 2],
	["👩‍👩‍👧", 2],
	["🇫🇷", 2],
	["❤️", 2],
	["\u200b", 0],
])("%j takes %d columns", (text, columns) => {
	expect(displayWidth(text)).toBe(columns);
});

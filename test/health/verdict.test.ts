import { describe, expect, it } from "vitest";
import { judge, NO_VERDICT } from "../../src/health/verdict.ts";

/** One line per case: the probes (+ and -) and the verdict after each (u for undefined, h, x). */
const CASES = [
	["+", "u"],
	["++", "uh"],
	["---", "uux"],
	["+-+-+-", "uuuuuu"],
	["++--", "uhhh"],
	["++---", "uhhhx"],
	["++--+--", "uhhhhhh"],
	["---+", "uuxx"],
	["---++", "uuxxh"],
	["---+-++", "uuxxxxh"],
] as const;

describe("with rise 2 and fall 3", () => {
	it.each(CASES)("%s gives %s", (probes, verdicts) => {
		let verdict = NO_VERDICT;
		const seen = [...probes].map((result) => {
			verdict = judge(verdict, result === "+", { rise: 2, fall: 3 });
			return verdict.healthy === undefined ? "u" : verdict.healthy ? "h" : "x";
		});
		expect(seen.join("")).toBe(verdicts);
	});
});

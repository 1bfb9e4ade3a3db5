import fc from "fast-check";
import { expect, test } from "vitest";
import { formatDuration, parseDuration } from "../../src/config/duration.ts";

test.each([
	["500ms", 500],
	["10s", 10_000],
	["1m", 60_000],
	["1h30m", 5_400_000],
	["90m", 5_400_000],
	["1h1m1s1ms", 3_661_001],
	["0s", 0],
])("%s is %d ms", (text, durationMs) => {
	expect(parseDuration(text)).toBe(durationMs);
});

test.each([
	"",
	"10",
	"s",
	"1d",
	"1.5s",
	"-1s",
	"+1s",
	"1 s",
	"1S",
	"1m1h",
	"1s1s",
	"1e3s",
	"9999999999s",
	"１s",
])("%j is no duration", (text) => {
	expect(parseDuration(text)).toBeUndefined();
});

test("what is formatted is parsed back", () => {
	fc.assert(
		fc.property(fc.nat(), (durationMs) => {
			expect(parseDuration(formatDuration(durationMs))).toBe(durationMs);
		}),
	);
});

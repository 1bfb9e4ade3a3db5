import { expect, it } from "vitest";
import { PACE, pauseMs } from "../../../src/discovery/kubernetes/pace.ts";

it("doubles the pause with each failure in a row, up to the longest", () => {
	const pauses = [0, 1, 2, 3, 4, 5, 6, 7, 5_000].map((failures) => pauseMs(PACE, failures, 1));
	expect(pauses).toEqual([800, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
});

it("takes between half and all of it, so that nodes do not come back at once", () => {
	expect(pauseMs(PACE, 1, 0)).toBe(400);
	expect(pauseMs(PACE, 1, 0.5)).toBe(600);
});

import { execFileSync } from "node:child_process";
import { statfsSync } from "node:fs";
import { expect, it } from "vitest";
import { diskPercent } from "../../src/system/disk.ts";

it("leaves the reserve of root out, as df does", () => {
	expect(diskPercent({ blocks: 100, bfree: 40, bavail: 20 })).toBe(75);
});

it("is undefined for a filesystem without blocks", () => {
	expect(diskPercent({ blocks: 0, bfree: 0, bavail: 0 })).toBeUndefined();
});

it("is what df prints for /, which rounds up", () => {
	const printed = Number(
		execFileSync("df", ["--output=pcent", "/"], { encoding: "utf8" }).match(/(\d+)%/)?.[1],
	);
	// Other programs write to the disk between the two.
	expect(Math.abs(Math.ceil(diskPercent(statfsSync("/")) ?? Number.NaN) - printed)).toBeLessThanOrEqual(1);
});

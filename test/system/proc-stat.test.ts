import { describe, expect, it } from "vitest";
import { cpuPercent, parseCpuTime } from "../../src/system/proc-stat.ts";

describe("/proc/stat", () => {
	it("is busy but for idle and iowait, and counts guest time once", () => {
		const text = "cpu  10 20 30 400 50 6 7 8 9 9\ncpu0 1 1 1 1 1 1 1 1 0 0\nintr 5\n";
		expect(parseCpuTime(text)).toEqual({ busyTicks: 81, totalTicks: 531 });
	});

	it("may have only the four columns of old kernels", () => {
		expect(parseCpuTime("cpu  1 2 3 4\n")).toEqual({ busyTicks: 6, totalTicks: 10 });
	});

	it.each(["", "cpu0 1 2 3 4\n", "cpu  1 2 x 4\n", "cpu  1\n"])(
		"without the line of all CPUs: %j",
		(text) => {
			expect(parseCpuTime(text)).toBeUndefined();
		},
	);
});

describe("percent busy", () => {
	const at = (busyTicks: number, totalTicks: number) => ({ busyTicks, totalTicks });

	it.each([
		["half of the time", at(10, 100), at(60, 200), 50],
		["none when iowait went down", at(10, 100), at(8, 200), 0],
		["never above 100", at(10, 100), at(210, 200), 100],
	])("%s", (_, before, now, percent) => expect(cpuPercent(before, now)).toBe(percent));

	it("is undefined when no time passed", () => expect(cpuPercent(at(1, 5), at(1, 5))).toBeUndefined());
});

import { expect, it } from "vitest";
import { memoryPercent } from "../../src/system/meminfo.ts";

it("is what is not available, whatever is free", () => {
	expect(memoryPercent("MemTotal:       1000 kB\nMemFree:  10 kB\nMemAvailable:    750 kB\n")).toBe(25);
});

it.each([
	"",
	"MemTotal: 1000 kB\n",
	"MemTotal: 0 kB\nMemAvailable: 0 kB\n",
	"MemTotal: x kB\nMemAvailable: 1 kB\n",
])("is undefined for %j", (text) => expect(memoryPercent(text)).toBeUndefined());

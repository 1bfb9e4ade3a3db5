import { expect, it } from "vitest";
import { capacityUnits } from "../../src/model/lcu.ts";

it("adds flows / 2,160,000, rules / 1,000 and Gbit/s / 3,600", () => {
	expect(capacityUnits({ activeFlows: 2_160_000, rules: 0, bytesPerSecond: 0 })).toBe(1);
	expect(capacityUnits({ activeFlows: 0, rules: 500, bytesPerSecond: 0 })).toBe(0.5);
	expect(capacityUnits({ activeFlows: 0, rules: 0, bytesPerSecond: 450e9 })).toBe(1);
	expect(capacityUnits({ activeFlows: 2_160_000, rules: 500, bytesPerSecond: 450e9 })).toBe(2.5);
});

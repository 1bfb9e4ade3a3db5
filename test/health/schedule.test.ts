import { describe, expect, it } from "vitest";
import { createSchedule } from "../../src/health/schedule.ts";

/** An interval of ten slots, from a clock that begins at 1,000. */
function schedule(lots: Readonly<Record<string, number>>) {
	const made = createSchedule<string>(2000, 1000);
	for (const [item, lot] of Object.entries(lots)) made.add(item, lot);
	return made;
}

describe("a turn", () => {
	it("comes once in each interval, at the place that was drawn", () => {
		const made = schedule({ a: 0, b: 0.5, c: 0.999 });
		const turns: string[] = [];
		for (let now = 1000; now <= 5000; now += 20) turns.push(...made.due(now).items);
		expect(turns).toEqual(["a", "b", "c", "a", "b", "c"]);
	});

	it("comes once when nobody looked for less than an interval, in order", () => {
		const made = schedule({ a: 0, b: 0.5, c: 0.95 });
		expect(made.due(2200)).toEqual({ items: ["a", "b"], lostRounds: 0 });
		expect(made.due(3200)).toEqual({ items: ["c", "a"], lostRounds: 0 });
	});

	it("is lost when nobody looked for longer", () => {
		const made = schedule({ a: 0, b: 0.5 });
		const { items, lostRounds } = made.due(7200);
		expect([...items].sort()).toEqual(["a", "b"]);
		expect(lostRounds).toBe(3);
	});

	it("does not come for what was removed", () => {
		const made = schedule({ a: 0, b: 0 });
		made.remove("a");
		expect(made.due(5000).items).toEqual(["b"]);
	});
});

describe("the time to wait", () => {
	it("is until the next slot that holds anything", () => {
		const made = schedule({ a: 0.5 });
		const at = made.nextAtMs() ?? 0;
		expect(made.due(at - 1).items).toEqual([]);
		expect(made.due(at).items).toEqual(["a"]);
		expect(made.nextAtMs()).toBe(at + 2000);
	});

	it("is for ever when there is nothing", () => {
		expect(schedule({}).nextAtMs()).toBeUndefined();
	});
});

it("an interval is served in at least one slot", () => {
	const made = createSchedule<string>(10, 0);
	made.add("a", 0.9);
	expect(made.due(10).items).toEqual(["a"]);
});

import { EventEmitter } from "node:events";
import type { Request, Response } from "express";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createScrapeSlots, type ScrapeSlots } from "../../src/web/scrape-slots.ts";

const PAGE = {};

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

/** Begins to send a page to a client, and says whether that goes on. */
function begin(slots: ScrapeSlots, remoteAddress: string, page: object = PAGE) {
	const closing = new EventEmitter();
	let isCut = false;
	const destroy = () => {
		isCut = true;
		closing.emit("close");
	};
	const req = { socket: { remoteAddress } } as Request;
	const slot = slots.take(req, Object.assign(closing, { destroy }) as unknown as Response);
	slot?.begin(page);
	return { slot, goesOn: () => slot !== undefined && !isCut, end: () => closing.emit("close") };
}

describe("scrape slots", () => {
	test("are given while there are some, and again when one is free", () => {
		const slots = createScrapeSlots(2);
		const [first] = [begin(slots, "10.0.0.1"), begin(slots, "10.0.0.2")];
		expect(begin(slots, "10.0.0.3").goesOn()).toBe(false);
		first.end();
		expect(begin(slots, "10.0.0.3").goesOn()).toBe(true);
	});

	test("are taken from who has stalled for longest, and never from who reads", () => {
		const slots = createScrapeSlots(3);
		const all = ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map((client) => begin(slots, client));
		vi.advanceTimersByTime(50);
		all[1]?.slot?.moved();
		vi.advanceTimersByTime(60);
		all[0]?.slot?.moved();
		expect(begin(slots, "10.0.0.4").goesOn()).toBe(true);
		expect(all.map(({ goesOn }) => goesOn())).toEqual([true, true, false]);
		expect(begin(slots, "10.0.0.5").goesOn()).toBe(false);
	});

	test("are taken from a client that has more than half of them, for another", () => {
		const slots = createScrapeSlots(3);
		const own = begin(slots, "::ffff:10.0.0.1");
		const attackers = [begin(slots, "2001:db8::1"), begin(slots, "2001:db8::2")];
		expect(begin(slots, "2001:db8::3").goesOn()).toBe(false);
		expect(begin(slots, "10.0.0.2").goesOn()).toBe(true);
		expect([own, ...attackers].map(({ goesOn }) => goesOn())).toEqual([true, false, true]);
	});

	test("are not left to who has stalled on a page of before", () => {
		const slots = createScrapeSlots(3);
		const [old, reading, current] = [
			begin(slots, "10.0.0.1"),
			begin(slots, "10.0.0.1"),
			begin(slots, "::1", slots),
		];
		vi.advanceTimersByTime(2_000);
		reading.slot?.moved();
		slots.cutStalled(slots);
		expect([old, reading, current].map(({ goesOn }) => goesOn())).toEqual([false, true, true]);
	});
});

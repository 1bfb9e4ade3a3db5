import { describe, expect, it } from "vitest";
import { lastInterval } from "../../src/model/rates.ts";
import { rpsLastMinute } from "../../src/model/rps.ts";
import { sharesLastTwoMinutes } from "../../src/model/shares.ts";
import { appendSample, beginOfSpan, increase, type Sample, type Window } from "../../src/model/window.ts";

/** A sample where the service "web" has that many requests, and as many bytes at endpoint "e". */
function sample(atSeconds: number, requests: number, more: Record<string, number> = {}): Sample {
	const counts = { web: requests, ...more };
	const services = Object.entries(counts).map(
		([label, n]) => [label, { requests: n, errors: 0, bytes: n, packets: n }] as const,
	);
	const endpoints = Object.entries(counts).map(([label, n]) => [label, new Map([["e", n]])] as const);
	return { atMs: atSeconds * 1000, services: new Map(services), endpoints: new Map(endpoints) };
}

function windowOf(...samples: Sample[]): Window {
	return samples.reduce<Window>(appendSample, []);
}

describe("the window", () => {
	it("reaches two minutes back and no further", () => {
		const window = windowOf(...Array.from({ length: 100 }, (_, i) => sample(i * 10, i)));
		expect(window.map(({ atMs }) => atMs).at(0)).toBe(870_000);
		expect(window).toHaveLength(13);
	});

	it("keeps one older sample where polls failed in between", () => {
		expect(windowOf(sample(0, 0), sample(10, 1), sample(500, 9))).toHaveLength(2);
	});

	it("keeps the later of two readings of one moment", () => {
		const window = windowOf(sample(0, 0), sample(10, 1), sample(10, 2));
		expect(window.map(({ services }) => services.get("web")?.requests)).toEqual([0, 2]);
	});

	it("begins a span at the sample of the nearest age, though polls come a little late", () => {
		const late = Array.from({ length: 13 }, (_, i) => sample(i * 10.003, i));
		expect(beginOfSpan(windowOf(...late), 60_000)).toBe(6);
	});

	it.each([
		["a new counter", undefined, 7, 7],
		["a grown one", 5, 7, 2],
		["one that began anew", 9, 7, 7],
	])("counts the increase of %s", (_, before, now, grown) => expect(increase(before, now)).toBe(grown));
});

describe("rates", () => {
	it("divide by the time that really elapsed", () => {
		const rates = lastInterval(windowOf(sample(0, 100), sample(12.5, 200)))?.rates;
		expect(rates).toEqual({ requests: 8, bytes: 8, packets: 8, errors: 0 });
	});

	it("are absent at the first poll", () => expect(lastInterval(windowOf(sample(0, 100)))).toBeUndefined());

	it("count a service that first appears from 0", () => {
		expect(lastInterval(windowOf(sample(0, 100), sample(10, 100, { dns: 30 })))?.newFlows).toBe(30);
	});
});

describe("flows per second of the last minute", () => {
	it("are the mean over the minute and the highest single interval", () => {
		const window = windowOf(
			...[0, 900, 900, 900, 910, 920, 980, 980].map((requests, i) => sample(i * 10, requests)),
		);
		expect(rpsLastMinute(window).get("web")).toEqual({ mean: 80 / 60, peak: 6 });
	});

	it("are absent at the first poll", () => expect(rpsLastMinute(windowOf(sample(0, 5))).size).toBe(0));
});

describe("shares of the last two minutes", () => {
	it("forget what is older", () => {
		const polls = Array.from({ length: 20 }, (_, i) => sample(i * 10, i === 0 ? 0 : 1_000, { dns: i * 10 }));
		expect(sharesLastTwoMinutes(windowOf(...polls)).services).toEqual(
			new Map([
				["web", 0],
				["dns", 1],
			]),
		);
	});

	it("are absent without traffic, for the services and for one service's endpoints", () => {
		const idle = sharesLastTwoMinutes(windowOf(sample(0, 5), sample(10, 5)));
		expect(idle.services.size).toBe(0);
		expect(idle.endpoints.get("web")?.size).toBe(0);
	});

	it("count a service that first appears from 0", () => {
		const shares = sharesLastTwoMinutes(windowOf(sample(0, 0), sample(10, 30, { dns: 10 })));
		expect(shares.services).toEqual(
			new Map([
				["web", 0.75],
				["dns", 0.25],
			]),
		);
	});
});

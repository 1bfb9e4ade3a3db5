/** The poller with a source that is told when to fail, and a clock that the test sets. */
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Body } from "../src/model/body.ts";
import { createGovernor } from "../src/model/governor.ts";
import type { Reading, Source } from "../src/model/reading.ts";
import { Poller, type PollerParts } from "../src/poller.ts";
import { parsePage } from "./e2e/page.ts";
import { emptyTable } from "./model/empty-table.ts";
import { poll, reading, totals } from "./model/readings.ts";

const INTERVAL_MS = 1000;

afterEach(() => vi.useRealTimers());

/** `answers`: what each read gives, in turn; an Error is thrown. The last one repeats. */
function setUp(answers: readonly (Reading | Error)[], more: Partial<PollerParts> = {}) {
	vi.useFakeTimers();
	let reads = 0;
	const source = sourceOf(async () => {
		const answer = answers[Math.min(reads++, answers.length - 1)];
		if (!answer || answer instanceof Error) throw answer;
		return answer;
	});
	const pages: string[] = [];
	const failures: (string | undefined)[] = [];
	const { build, system } = poll();
	const poller = new Poller({
		source,
		services: () => ({ services: [], uncounted: 0 }),
		health: () => undefined,
		system: async () => system,
		build,
		names: ["contract"],
		intervalMs: INTERVAL_MS,
		governor: createGovernor({ capacity: 10, idleMs: 3_600_000 }),
		publish: async (making) => void pages.push(textOf(await making)),
		stageEnded: () => {},
		broken: (error) => {
			throw error;
		},
		ended: ({ failure }) => failures.push(failure?.message),
		now: () => Date.now(),
		...more,
	});
	return {
		poller,
		pages,
		failures,
		reads: () => reads,
		next: () => vi.advanceTimersByTimeAsync(INTERVAL_MS),
	};
}

function sourceOf(read: Source["read"]): Source {
	return { table: emptyTable(), read, release: async () => {} };
}

function textOf(body: Body): string {
	return Buffer.concat(body.hold().map(({ bytes }) => bytes)).toString();
}

function counted(requests: number): Reading {
	return reading({ services: [totals("web", { requests })] });
}

function requestsOf(page: string | undefined): number | undefined {
	return parsePage(page ?? "").series("total_requests")[0]?.value;
}

const BROKEN = new Error("Cannot read map pairs: EPERM");

describe("a poll that fails", () => {
	it("leaves the last page for two polls; at the third the data path leaves it", async () => {
		const { poller, pages, failures, next } = setUp([counted(5), BROKEN]);
		await poller.start();
		await next();
		await next();
		expect(pages.map(requestsOf)).toEqual([5, 5, 5]);
		expect(poller.notReady()).toBeUndefined();
		await next();
		expect(requestsOf(pages.at(-1))).toBeUndefined();
		expect(pages.at(-1)).toContain("lbscope_build_info{");
		expect(poller.notReady()).toBe("The last 3 polls failed.");
		expect(failures).toEqual([undefined, BROKEN.message, BROKEN.message, BROKEN.message]);
		await poller.stop();
	});

	it("is forgotten by the next one that succeeds", async () => {
		const { poller, pages, next } = setUp([counted(5), BROKEN, BROKEN, BROKEN, counted(9)]);
		await poller.start();
		for (let i = 0; i < 4; i++) await next();
		expect(poller.notReady()).toBeUndefined();
		expect(requestsOf(pages.at(-1))).toBe(9);
		await poller.stop();
	});

	it("as the first one makes a page without the data path, and says so", async () => {
		const { poller, pages, failures } = setUp([BROKEN]);
		await poller.start();
		expect(pages.map(requestsOf)).toEqual([undefined]);
		expect(pages.at(-1)).toContain("lbscope_build_info{");
		expect(failures).toEqual([BROKEN.message]);
		expect(poller.notReady()).toBe("The first poll has not succeeded yet.");
		await poller.stop();
	});
});

describe("a poll that takes long", () => {
	it("is not overtaken: the next one keeps to the beat of the first", async () => {
		let isOver = () => {};
		const slow = () =>
			new Promise<Reading>((resolve) => {
				isOver = () => resolve(counted(1));
			});
		let reads = 0;
		const source = sourceOf(() => (reads++ === 1 ? slow() : Promise.resolve(counted(reads))));
		const { poller } = setUp([], { source });
		await poller.start();
		await vi.advanceTimersByTimeAsync(2.5 * INTERVAL_MS);
		expect(reads).toBe(2);
		isOver();
		await vi.advanceTimersByTimeAsync(0.49 * INTERVAL_MS);
		expect(reads).toBe(2);
		await vi.advanceTimersByTimeAsync(0.01 * INTERVAL_MS);
		expect(reads).toBe(3);
		await poller.stop();
	});

	it("for ever makes the page not ready", async () => {
		let reads = 0;
		const source = sourceOf(() => (reads++ === 0 ? Promise.resolve(counted(1)) : new Promise(() => {})));
		const { poller } = setUp([], { source });
		await poller.start();
		await vi.advanceTimersByTimeAsync(4 * INTERVAL_MS);
		expect(poller.notReady()).toBeUndefined();
		await vi.advanceTimersByTimeAsync(INTERVAL_MS);
		expect(poller.notReady()).toBe("The last poll was 5 s ago.");
	});
});

describe("a change between polls", () => {
	it("keeps polls waiting, and is not begun during one", async () => {
		const { poller, reads, next } = setUp([counted(1)]);
		await poller.start();
		let isOver = () => {};
		const change = poller.between(
			() =>
				new Promise<void>((resolve) => {
					isOver = resolve;
				}),
		);
		await next();
		await next();
		expect(reads()).toBe(1);
		isOver();
		await change;
		await vi.advanceTimersByTimeAsync(0);
		expect(reads()).toBe(2);
		await poller.stop();
	});

	it("that fails lets polls go on", async () => {
		const { poller, reads, next } = setUp([counted(1)]);
		await poller.start();
		await expect(poller.between(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
		await next();
		expect(reads()).toBe(2);
		await poller.stop();
	});

	it("of the interval counts from the last poll, and of the source goes on with the rates", async () => {
		const { poller, reads, pages, next } = setUp([counted(5)]);
		await poller.start();
		await next();
		await vi.advanceTimersByTimeAsync(0.4 * INTERVAL_MS);
		const other = { ...sourceOf(async () => ({ ...counted(9), readAtMs: Date.now() })) };
		await poller.between(async () => poller.use({ source: other, intervalMs: INTERVAL_MS / 2 }));
		await vi.advanceTimersByTimeAsync(0.09 * INTERVAL_MS);
		expect(pages).toHaveLength(2);
		await vi.advanceTimersByTimeAsync(0.01 * INTERVAL_MS);
		expect([pages.length, reads()]).toEqual([3, 2]);
		expect(requestsOf(pages.at(-1))).toBe(9);
		expect(parsePage(pages.at(-1) ?? "").value("rps_requests")).toBeGreaterThan(0);
		await poller.stop();
	});
});

describe("stopping", () => {
	it("ends the polls", async () => {
		const { poller, reads, next } = setUp([counted(1)]);
		await poller.start();
		await poller.stop();
		await next();
		expect(reads()).toBe(1);
	});
});

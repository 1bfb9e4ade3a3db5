import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { coalesce } from "../../../src/discovery/kubernetes/coalesce.ts";

function counted(pauseMs: number, signal = new AbortController().signal) {
	let seen = 0;
	let running = 0;
	let wishes = 0;
	const runs: number[] = [];
	const soon = coalesce(
		async () => {
			expect(++running).toBe(1);
			seen = wishes;
			await sleep(2);
			runs.push(seen);
			running--;
		},
		pauseMs,
		signal,
	);
	const wish = () => {
		wishes++;
		soon();
	};
	return { runs, wish };
}

it("runs once for all wishes of one moment", async () => {
	const { runs, wish } = counted(5);
	for (let i = 0; i < 1_000; i++) wish();
	await sleep(50);
	expect(runs).toEqual([1_000]);
});

it("sees the last wish, one that comes during a run as well", async () => {
	const { runs, wish } = counted(5);
	for (let i = 0; i < 100; i++) {
		wish();
		if (i % 10 === 0) await sleep(1);
	}
	await expect.poll(() => runs.at(-1)).toBe(100);
});

it("runs no more once it is over", async () => {
	const ended = new AbortController();
	const { runs, wish } = counted(5, ended.signal);
	wish();
	await expect.poll(() => runs).toEqual([1]);
	wish();
	ended.abort();
	await sleep(20);
	wish();
	await sleep(20);
	expect(runs).toEqual([1]);
});

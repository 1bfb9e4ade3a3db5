import { expect, test } from "vitest";
import { createPollTimes } from "../../src/replay/poll-times.ts";

const S = 1e9;
const INTERVAL_MS = 10_000;

function withPolls(flowsAreLeft: boolean) {
	const polledS: number[] = [];
	const polls = createPollTimes(INTERVAL_MS, async (timeNs) => {
		polledS.push(timeNs / S);
		return flowsAreLeft;
	});
	return { polls, polledS };
}

test("the first poll is at the first packet, the next ones an interval apart", async () => {
	const { polls, polledS } = withPolls(true);
	for (const second of [100, 101, 109, 110, 135]) {
		if (polls.isDue(second * S)) await polls.upTo(second * S);
	}
	expect(polledS).toEqual([100, 110, 120, 130]);
});

test("the last one ends the interval of the last packet", async () => {
	const { polls, polledS } = withPolls(true);
	await polls.upTo(100 * S);
	await polls.last(125 * S);
	expect(polledS).toEqual([100, 110, 120, 130]);
});

test("the last one leaves flows a second for their endpoint", async () => {
	const { polls, polledS } = withPolls(true);
	await polls.upTo(100 * S);
	await polls.last(109.5 * S);
	expect(polledS).toEqual([100, 110.6]);
});

test("of an empty capture there is a page, too", async () => {
	const { polls, polledS } = withPolls(false);
	await polls.last(0);
	expect(polledS).toEqual([0, 10]);
});

test("a silence of days is polled for three minutes only, once no flow is left", async () => {
	const { polls, polledS } = withPolls(false);
	await polls.upTo(0);
	await polls.upTo(1_000_000 * S);
	expect(polledS.length).toBeLessThan(25);
	expect(polledS.slice(-2)).toEqual([999_990, 1_000_000]);
	expect(polledS.every((second) => second % 10 === 0)).toBe(true);
});

test("while there are flows every poll is held", async () => {
	const { polls, polledS } = withPolls(true);
	await polls.upTo(0);
	await polls.upTo(1000 * S);
	expect(polledS).toHaveLength(101);
});

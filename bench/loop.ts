/** The longest slice of a poll on the event loop: while it lasts, no scraper is answered. */
import { fillPairs } from "./changing-pairs.ts";
import { withExporter } from "./exporter.ts";
import type { Figure } from "./figure.ts";
import type { LoopUse } from "./loop-watch.ts";
import { spreadOf } from "./median.ts";
import { stageDifferences, stageTimes } from "./stages.ts";

const ROUNDS = 7;
const POLL_MS = 6_000;
/** The page is made behind the poll. */
const PUBLISHED_WITHIN_MS = 300;
const GOAL_MS = 10;

export const LOOP: Figure = {
	name: "loop",
	measure: ({ pairs }) =>
		withExporter({ pairs, pollMs: POLL_MS }, async (exporter) => {
			const changing = fillPairs(exporter.pairs, pairs);
			await exporter.nextPoll();
			await exporter.nextPoll();
			const slices: LoopUse[] = [];
			const duration: number[] = [];
			const stages = [await stageTimes(exporter.url)];
			for (let round = 0; round < ROUNDS; round++) {
				changing.change();
				const { result: poll, loop } = await exporter.watchLoop(async () => {
					const ended = await exporter.nextPoll();
					await new Promise((resolve) => setTimeout(resolve, PUBLISHED_WITHIN_MS));
					return ended;
				});
				slices.push(loop.between(poll.beginMs, poll.endMs + PUBLISHED_WITHIN_MS));
				duration.push(poll.endMs - poll.beginMs);
				stages.push(await stageTimes(exporter.url));
			}
			return [
				{ title: "a poll", unit: "ms", spread: spreadOf(duration) },
				...stageDifferences(stages).map(([stage, times]) => {
					return { title: `  ${stage}`, unit: "ms", spread: spreadOf(times) };
				}),
				{
					title: "longest slice on the event loop while polling",
					unit: "ms",
					spread: spreadOf(slices.map(({ longestMs }) => longestMs)),
					goal: { atMost: GOAL_MS },
				},
				{
					title: "  of a CPU",
					unit: "ms",
					spread: spreadOf(slices.map(({ longestCpuMs }) => longestCpuMs)),
				},
				{
					title: "lateness of the event loop while polling, p99",
					unit: "ms",
					spread: spreadOf(slices.map(({ p99Ms }) => p99Ms)),
					goal: { atMost: GOAL_MS },
				},
			];
		}),
};

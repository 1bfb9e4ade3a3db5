/** Choosing the pairs that leave, while a full table keeps newcomers out. */
import { createGovernor } from "../src/model/governor.ts";
import type { Figure } from "./figure.ts";
import { spreadOf } from "./median.ts";
import { openPairPoll } from "./pair-poll.ts";
import { milliseconds, warmUp } from "./rounds.ts";

const ROUNDS = 9;
const HOUR_MS = 3_600_000;
const POLL_MS = 10_000;
const GOAL_MS = 20;

export const GOVERNOR: Figure = {
	name: "governor",
	async measure({ pairs }) {
		const { table, poll, close } = await openPairPoll(pairs);
		const governor = createGovernor({ capacity: pairs, idleMs: HOUR_MS });
		try {
			let round = 0;
			let leaving = 0;
			const choose = async () => {
				await poll("change");
				const moment = { atMs: round++ * POLL_MS, crowded: true };
				return milliseconds(async () => {
					leaving = (await governor.choose(table, moment)).crowded.length;
				});
			};
			await warmUp(choose);
			const taken: number[] = [];
			while (taken.length < ROUNDS) taken.push(await choose());
			if (leaving === 0) throw new Error("Cannot measure the governor: it chose no pair");
			return [
				{
					title: `choose who leaves a full table of ${pairs} pairs`,
					unit: "ms",
					spread: spreadOf(taken),
					goal: { atMost: GOAL_MS },
				},
			];
		} finally {
			close();
		}
	},
};

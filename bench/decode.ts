/** Decoding the rows of all pairs and adding them up, against prom-client, which is told each of them. */
import type { Figure } from "./figure.ts";
import { spreadOf } from "./median.ts";
import { openPairPoll } from "./pair-poll.ts";
import { startScript } from "./peer.ts";
import { inTurns, ratioOf, warmUp } from "./rounds.ts";

const ROUNDS = 9;
const NS_PER_MS = 1e6;
const GOAL = { nsPerPair: 150, timesFaster: 25 };

export const DECODE: Figure = {
	name: "decode",
	async measure({ pairs }) {
		const subject = await openPairPoll(pairs);
		const peer = startScript("prom-client.ts", String(pairs));
		try {
			await warmUp(() => subject.poll("change"));
			const taken = await inTurns(ROUNDS, {
				lbscope: () => subject.poll("change"),
				unchanged: () => subject.poll("count"),
				peer: () => peer.once("inc"),
			});
			const perPair = (values: readonly number[]) => spreadOf(values.map((ms) => (ms * NS_PER_MS) / pairs));
			return [
				{
					title: "decode and accumulate, per pair",
					unit: "ns",
					spread: perPair(taken.lbscope),
					goal: { atMost: GOAL.nsPerPair },
				},
				{ title: "  when no pair came or went", unit: "ns", spread: perPair(taken.unchanged) },
				{ title: "inc() of prom-client", unit: "ns", spread: perPair(taken.peer) },
				{
					title: "prom-client / lbscope",
					unit: "",
					spread: ratioOf(taken.peer, taken.lbscope),
					goal: { atLeast: GOAL.timesFaster },
				},
			];
		} finally {
			await peer.stop();
			subject.close();
		}
	},
};

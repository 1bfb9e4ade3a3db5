/** A page of as many series as there are pairs, against a copy of it, and against libraries that make it anew. */
import { CATALOGUE } from "../src/metrics/catalogue.ts";
import { createRenderer } from "../src/metrics/renderer.ts";
import type { Snapshot } from "../src/model/snapshot.ts";
import type { ChangingPairs } from "./changing-pairs.ts";
import type { Figure, Result } from "./figure.ts";
import { spreadOf } from "./median.ts";
import { openPairPoll, type PairPoll } from "./pair-poll.ts";
import { startBuilt, startScript } from "./peer.ts";
import { inTurns, milliseconds, ratioOf, warmUp } from "./rounds.ts";

const ROUNDS = 7;
const FAMILY = "lb_rule_interaction_bytes";
const GOAL = { ofCopy: 1.5, promClient: 300, victoriaMetrics: 75, clientGolang: 500 };

export const RENDER: Figure = {
	name: "render",
	async measure({ pairs }) {
		const subject = await openPairPoll(pairs);
		const peers = {
			promClient: startScript("prom-client.ts", String(pairs)),
			victoriaMetrics: startBuilt("render-victoriametrics", String(pairs)),
			clientGolang: startBuilt("render-client-golang", String(pairs)),
		};
		try {
			const { page, render } = await openPage(subject);
			await warmUp(() => render("change"));
			const copy = copyOf(page.byteLength);
			const taken = await inTurns(ROUNDS, {
				lbscope: () => render("change"),
				unchanged: () => render("count"),
				copy: () => milliseconds(copy),
				promClient: () => peers.promClient.once("render"),
				victoriaMetrics: () => peers.victoriaMetrics.once(),
				clientGolang: () => peers.clientGolang.once(),
			});
			const faster = (title: string, values: readonly number[], atLeast: number): Result => {
				return { title, unit: "", spread: ratioOf(values, taken.lbscope), goal: { atLeast } };
			};
			return [
				{ title: `render a page of ${pairs} series`, unit: "ms", spread: spreadOf(taken.lbscope) },
				{ title: "  when no series came or went", unit: "ms", spread: spreadOf(taken.unchanged) },
				{ title: "the page", unit: "MB", spread: spreadOf([page.byteLength / 1e6]) },
				{ title: "copy it", unit: "ms", spread: spreadOf(taken.copy) },
				{
					title: "render / copy",
					unit: "",
					spread: ratioOf(taken.lbscope, taken.copy),
					goal: { atMost: GOAL.ofCopy },
				},
				faster("prom-client / lbscope", taken.promClient, GOAL.promClient),
				faster("VictoriaMetrics/metrics / lbscope", taken.victoriaMetrics, GOAL.victoriaMetrics),
				faster("client_golang / lbscope", taken.clientGolang, GOAL.clientGolang),
			];
		} finally {
			for (const peer of Object.values(peers)) await peer.stop();
			subject.close();
		}
	},
};

/** Each page after a poll, which is not timed. */
async function openPage({ table, poll }: PairPoll) {
	const renderer = createRenderer(CATALOGUE.filter(({ name }) => name === FAMILY));
	// A family of a table reads nothing else.
	const nothing = {} as Snapshot;
	const page = await renderer.render(nothing, table);
	return {
		page,
		async render(change: keyof ChangingPairs) {
			await poll(change);
			return milliseconds(() => renderer.render(nothing, table));
		},
	};
}

/** Both ends touched before, as the page is. */
function copyOf(bytes: number): () => void {
	const [from, to] = [Buffer.alloc(bytes, "7"), Buffer.alloc(bytes, "0")];
	return () => void from.copy(to);
}

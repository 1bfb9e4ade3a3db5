/** Ten scrapers at once, and what the event loop makes of them. */
import { setTimeout as sleep } from "node:timers/promises";
import { fillPairs } from "./changing-pairs.ts";
import { type BenchExporter, withExporter } from "./exporter.ts";
import type { Figure } from "./figure.ts";
import { spreadOf } from "./median.ts";
import { type Peer, startBuilt } from "./peer.ts";
import { pairsOf } from "./series.ts";

const ROUNDS = 7;
const SCRAPERS = 10;
const POLL_MS = 6_000;
/** Out of the way of the poll: what follows it, such as compression, is over. */
const QUIET_MS = 1_500;
/** Of the setting's pairs: as many make a series for each of them. */
const GOAL = { allMs: 1_000, p99Ms: 50 };

export const SCRAPERS_AT_ONCE: Figure = {
	name: "scrapers",
	measure: ({ pairs: series }) => {
		const pairs = pairsOf(series);
		return withExporter({ pairs, pollMs: POLL_MS }, async (exporter) => {
			const changing = fillPairs(exporter.pairs, pairs);
			await exporter.nextPoll();
			await exporter.nextPoll();
			const scrapers = startBuilt("scrape", new URL(exporter.url).port, "identity", String(SCRAPERS));
			const rounds = [];
			for (let round = 0; round < ROUNDS; round++) {
				changing.change();
				await exporter.nextPoll();
				await sleep(QUIET_MS);
				rounds.push(await scrape(exporter, scrapers));
			}
			await scrapers.stop();
			return [
				{
					title: `${SCRAPERS} scrapers at once, each ${Math.round(series)} series: until all have all`,
					unit: "ms",
					spread: spreadOf(rounds.map(({ allMs }) => allMs)),
					goal: { atMost: GOAL.allMs },
				},
				{
					title: "lateness of the event loop meanwhile, p99",
					unit: "ms",
					spread: spreadOf(rounds.map(({ p99Ms }) => p99Ms)),
					goal: { atMost: GOAL.p99Ms },
				},
				{
					title: "a page",
					unit: "MB",
					spread: spreadOf(rounds.map(({ bytes }) => bytes / SCRAPERS / 1e6)),
				},
			];
		});
	},
};

async function scrape(exporter: BenchExporter, scrapers: Peer) {
	const beginMs = Date.now();
	const { result, loop } = await exporter.watchLoop(() => scrapers.ask());
	const [allMs = Number.NaN, bytes = 0] = result;
	return { allMs, bytes, p99Ms: loop.between(beginMs, beginMs + allMs).p99Ms };
}

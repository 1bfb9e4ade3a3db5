/**
 * What an exporter costs that nobody sends traffic through. It runs as on a node, by `interfaces: auto` in the namespace
 * that it watches: links of other namespaces are read anew each second, those of its own when they change.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { withExporter } from "./exporter.ts";
import type { Figure } from "./figure.ts";
import { spreadOf } from "./median.ts";
import { cpuTimes } from "./process-use.ts";

const POLL_MS = 10_000;
const MINUTES = 5;
const MINUTE_MS = 60_000;
/** Of the default configuration. */
const PAIRS = 65_536;
const GOAL_PERCENT = 0.2;

export const IDLE: Figure = {
	name: "idle",
	measure: () =>
		withExporter({ pairs: PAIRS, pollMs: POLL_MS, isInside: true }, async (exporter) => {
			await exporter.nextPoll();
			const percents: number[] = [];
			for (let minute = 0; minute < MINUTES; minute++) {
				const [before, start] = [cpuTimes(exporter.pid).allMs, performance.now()];
				await sleep(MINUTE_MS);
				percents.push((100 * (cpuTimes(exporter.pid).allMs - before)) / (performance.now() - start));
			}
			return [
				{
					title: "idle exporter, of one CPU over a minute",
					unit: "%",
					spread: spreadOf(percents),
					goal: { atMost: GOAL_PERCENT },
				},
			];
		}),
};

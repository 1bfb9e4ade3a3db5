/**
 * What series cost those who keep them: `npx tsx scripts/storage-cost.ts [pairs]`, some five minutes. A page of pairs is
 * scraped every 2 s, for a minute and a half, without pairs and with them; the difference, by the series, is what it says.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prometheusBytes, victoriaBytes } from "./storage-cost/history.ts";
import { type Cost, costOf } from "./storage-cost/run.ts";
import { pairSeries } from "./storage-cost/series.ts";

const SECONDS = 90;
/** What is on disk goes by the series. */
const PAIRS_OF_HISTORY = 1000;

const pairs = Number(process.argv[2] ?? 25_000);

async function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
	const folder = mkdtempSync(join(tmpdir(), "lbscope-storage-"));
	try {
		return await work(folder);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

function say(what: string, value: number, unit: string): void {
	console.log(`${what.padEnd(58)} ${value.toFixed(value < 10 ? 2 : 0)} ${unit}`);
}

const empty = await inFolder((folder) => costOf(folder, pairSeries(0), SECONDS));
const full = await inFolder((folder) => costOf(folder, pairSeries(pairs), SECONDS));
const inPrometheus = await inFolder((folder) => prometheusBytes(folder, pairSeries(PAIRS_OF_HISTORY)));
const inVictoria = await inFolder((folder) => victoriaBytes(folder, pairSeries(PAIRS_OF_HISTORY)));
const perThousand = (of: (cost: Cost) => number) => (of(full) - of(empty)) / ((2 * pairs) / 1000);

say("series", 2 * pairs, "");
say("Prometheus: memory per 1,000 series", perThousand((cost) => cost.prometheusRss) / 1e6, "MB");
say("VictoriaMetrics: memory per 1,000 series", perThousand((cost) => cost.victoriaRss) / 1e6, "MB");
say("Prometheus: bytes on disk per sample, index included", inPrometheus, "bytes");
say("VictoriaMetrics: bytes on disk per sample, index included", inVictoria, "bytes");
say("remote_write: bytes per sample", full.sentBytesPerSample, "bytes");

/** What two hours of series take on disk, at a scrape every 10 s: in Prometheus as a block, and in VictoriaMetrics. */
import { spawnSync } from "node:child_process";
import { createWriteStream, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { PairSeries } from "./series.ts";
import { startVictoria, stop } from "./start.ts";

const SCRAPE_SECONDS = 10;
const SAMPLES = 720;

/** Bytes per sample, index included. */
export async function prometheusBytes(folder: string, series: PairSeries): Promise<number> {
	const text = join(folder, "history.om");
	await pipeline(openMetrics(series), createWriteStream(text));
	const data = join(folder, "blocks");
	const args = ["tsdb", "create-blocks-from", "openmetrics", "-q", text, data];
	const { status, stderr } = spawnSync("promtool", args, { encoding: "utf8" });
	if (status !== 0) throw new Error(`Cannot make blocks: ${stderr}`);
	return sizeOf(data) / (series.count * SAMPLES);
}

/** Lines in the order of time; without types, because the names do not end in _total. */
async function* openMetrics(series: PairSeries): AsyncGenerator<string> {
	for (const at of times()) yield timed(series, String(at));
	yield "# EOF\n";
}

/** Bytes per sample, index included. */
export async function victoriaBytes(folder: string, series: PairSeries): Promise<number> {
	const { child, url } = startVictoria(folder);
	await sleep(2000);
	for (const at of times()) {
		await fetch(`${url}/api/v1/import/prometheus`, { method: "POST", body: timed(series, `${at}000`) });
	}
	await fetch(`${url}/internal/force_flush`);
	await fetch(`${url}/internal/force_merge`);
	await sleep(5000);
	await stop(child);
	return sizeOf(join(folder, "victoria")) / (series.count * SAMPLES);
}

/** The last two even hours that have ended, so that all is in one block of Prometheus. */
function times(): number[] {
	const block = 7200;
	const begin = (Math.floor(Date.now() / 1000 / block) - 1) * block;
	return Array.from({ length: SAMPLES }, (_, i) => begin + i * SCRAPE_SECONDS);
}

function timed(series: PairSeries, at: string): string {
	return series
		.page()
		.replace(/^#.*\n/gm, "")
		.replace(/\n/g, ` ${at}\n`);
}

function sizeOf(path: string): number {
	const found = statSync(path);
	if (!found.isDirectory()) return found.size;
	return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

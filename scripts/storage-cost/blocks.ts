/** What Prometheus has on disk for two hours of series: a block, as it is compacted from memory every two hours. */
import { spawnSync } from "node:child_process";
import { createWriteStream, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { PairSeries } from "./series.ts";

const SCRAPE_SECONDS = 10;
const SAMPLES = 720;
/** Even hours, so that all of it is in one block. */
const BEGIN_SECONDS = 1_700_006_400;

/** Bytes, and bytes per sample. */
export async function blockBytes(
	folder: string,
	series: PairSeries,
): Promise<{ bytes: number; perSample: number }> {
	const text = join(folder, "history.om");
	await pipeline(openMetrics(series), createWriteStream(text));
	const data = join(folder, "blocks");
	const { status, stderr } = spawnSync("promtool", [
		"tsdb",
		"create-blocks-from",
		"openmetrics",
		"-q",
		text,
		data,
	]);
	if (status !== 0) throw new Error(`Cannot make blocks: ${stderr}`);
	const bytes = sizeOf(data);
	return { bytes, perSample: bytes / (series.count * SAMPLES) };
}

/** Lines in the order of time, which promtool takes; the names without a suffix it wants as of no type. */
async function* openMetrics(series: PairSeries): AsyncGenerator<string> {
	for (let i = 0; i < SAMPLES; i++) {
		const at = BEGIN_SECONDS + i * SCRAPE_SECONDS;
		const lines = series.page().replace(/^#.*\n/gm, "");
		yield lines.replace(/\n/g, ` ${at}\n`);
	}
	yield "# EOF\n";
}

function sizeOf(path: string): number {
	const found = statSync(path);
	if (!found.isDirectory()) return found.size;
	return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

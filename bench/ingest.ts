/** The CPU of a poll and a scrape, against what Prometheus spends to take it in. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ChangingPairs, fillPairs } from "./changing-pairs.ts";
import { type BenchExporter, withExporter } from "./exporter.ts";
import type { Figure } from "./figure.ts";
import { spreadOf } from "./median.ts";
import { cpuTimes } from "./process-use.ts";
import { ratioOf } from "./rounds.ts";

const ROUNDS = 5;
/** A poll and a scrape in each; long enough for Prometheus to take in two million series. */
const INTERVAL_MS = 30_000;
/** The first scrapes make the series, which costs more than to add to them; and V8 compiles what the first polls run. */
const WARM_UP = 6;
const LISTEN = "127.0.0.1:19190";
const GOAL_PERCENT = 3;

export const INGEST: Figure = {
	name: "ingest",
	measure: ({ pairs }) =>
		withExporter({ pairs, pollMs: INTERVAL_MS }, async (exporter) => {
			const changing = fillPairs(exporter.pairs, pairs);
			await exporter.nextPoll();
			const taken = await whileScraped(exporter.url, (prometheus) => measure(exporter, prometheus, changing));
			const percents = taken.exporter.map((ms) => 100 * ms);
			return [
				{ title: "CPU of a poll and a scrape", unit: "ms", spread: spreadOf(taken.exporter) },
				{ title: "  of it in the kernel", unit: "ms", spread: spreadOf(taken.inKernel) },
				{ title: "CPU of Prometheus to take it in", unit: "ms", spread: spreadOf(taken.prometheus) },
				{
					title: "lbscope, of what Prometheus spends",
					unit: "%",
					spread: ratioOf(percents, taken.prometheus),
					goal: { atMost: GOAL_PERCENT },
				},
			];
		}),
};

/** By interval, from poll to poll: each has one scrape in it, wherever that falls. */
async function measure(exporter: BenchExporter, prometheus: number, changing: ChangingPairs) {
	const taken = { exporter: [] as number[], inKernel: [] as number[], prometheus: [] as number[] };
	let before = { exporter: cpuTimes(exporter.pid), prometheus: cpuTimes(prometheus) };
	for (let round = 0; round <= WARM_UP + ROUNDS; round++) {
		await exporter.nextPoll();
		const now = { exporter: cpuTimes(exporter.pid), prometheus: cpuTimes(prometheus) };
		if (round > WARM_UP) {
			taken.exporter.push(now.exporter.allMs - before.exporter.allMs);
			taken.inKernel.push(now.exporter.systemMs - before.exporter.systemMs);
			taken.prometheus.push(now.prometheus.allMs - before.prometheus.allMs);
		}
		before = now;
		changing.change();
	}
	return taken;
}

/** By a Prometheus with a directory of its own; `work` gets its pid. */
async function whileScraped<T>(url: string, work: (pid: number) => Promise<T>): Promise<T> {
	const directory = await mkdtemp(join(tmpdir(), "lbscope-bench-"));
	const interval = `${INTERVAL_MS / 1000}s`;
	const scrape = { job_name: "lbscope", scrape_interval: interval, scrape_timeout: interval };
	const scrapes = [{ ...scrape, static_configs: [{ targets: [new URL(url).host] }] }];
	const config = join(directory, "prometheus.yml");
	await writeFile(config, JSON.stringify({ scrape_configs: scrapes }));
	const storage = `--storage.tsdb.path=${join(directory, "data")}`;
	const args = [`--config.file=${config}`, storage, `--web.listen-address=${LISTEN}`, "--log.level=error"];
	const prometheus = spawn("prometheus", args, { stdio: ["ignore", "inherit", "inherit"] });
	try {
		return await work(prometheus.pid ?? 0);
	} finally {
		prometheus.kill("SIGTERM");
		await once(prometheus, "exit");
		await rm(directory, { recursive: true });
	}
}

/** Prometheus and VictoriaMetrics beside a page of so many series: what they take. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { PairSeries } from "./series.ts";

const SCRAPE_SECONDS = 2;
const PORTS = { prometheus: 29_090, victoria: 28_428 };

export interface Cost {
	readonly prometheusRss: number;
	readonly victoriaRss: number;
	/** Of remote_write, compressed. */
	readonly sentBytesPerSample: number;
	/** Of VictoriaMetrics, on disk. */
	readonly victoriaBytesPerSample: number;
}

export async function costOf(folder: string, series: PairSeries, seconds: number): Promise<Cost> {
	const server = createServer((_, response) => response.end(series.page())).listen(0, "127.0.0.1");
	await once(server, "listening");
	const children = start(folder, (server.address() as AddressInfo).port);
	try {
		await sleep(seconds * 1000);
		return await measure(children);
	} finally {
		await Promise.all(Object.values(children).map(stop));
		server.close();
	}
}

interface Children {
	readonly prometheus: ChildProcess;
	readonly victoria: ChildProcess;
}

function start(folder: string, port: number): Children {
	const config = join(folder, "prometheus.yml");
	writeFileSync(config, configFor(port));
	const victoria = run("victoria-metrics", [
		`-storageDataPath=${join(folder, "victoria")}`,
		`-httpListenAddr=127.0.0.1:${PORTS.victoria}`,
	]);
	const prometheus = run("prometheus", [
		`--config.file=${config}`,
		`--storage.tsdb.path=${join(folder, "prometheus")}`,
		`--web.listen-address=127.0.0.1:${PORTS.prometheus}`,
	]);
	return { prometheus, victoria };
}

function configFor(port: number): string {
	return JSON.stringify({
		global: { scrape_interval: `${SCRAPE_SECONDS}s`, scrape_timeout: `${SCRAPE_SECONDS}s` },
		scrape_configs: [{ job_name: "lbscope", static_configs: [{ targets: [`127.0.0.1:${port}`] }] }],
		remote_write: [{ url: `http://127.0.0.1:${PORTS.victoria}/api/v1/write` }],
	});
}

async function measure({ prometheus, victoria }: Children): Promise<Cost> {
	const ours = await metricsAt(`http://127.0.0.1:${PORTS.prometheus}/metrics`);
	await fetch(`http://127.0.0.1:${PORTS.victoria}/internal/force_flush`);
	await fetch(`http://127.0.0.1:${PORTS.victoria}/internal/force_merge`);
	await sleep(5000);
	const theirs = await metricsAt(`http://127.0.0.1:${PORTS.victoria}/metrics`);
	return {
		prometheusRss: residentBytes(prometheus),
		victoriaRss: residentBytes(victoria),
		sentBytesPerSample:
			ours("prometheus_remote_storage_bytes_total") / ours("prometheus_remote_storage_samples_total"),
		victoriaBytesPerSample: theirs("vm_data_size_bytes") / theirs("vm_rows"),
	};
}

/** Sums over all series of a name, without the index, whose rows are no samples. */
async function metricsAt(url: string): Promise<(name: string) => number> {
	const lines = (await (await fetch(url)).text()).split("\n");
	return (name) =>
		lines
			.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
			.filter((line) => name !== "vm_rows" || !line.includes("indexdb"))
			.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}

function residentBytes({ pid }: ChildProcess): number {
	const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
	return Number(kibibytes) * 1024;
}

function run(program: string, args: readonly string[]): ChildProcess {
	return spawn(program, args, { stdio: "ignore" });
}

async function stop(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null) return;
	child.kill("SIGTERM");
	await once(child, "exit");
}

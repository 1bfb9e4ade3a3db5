/** Prometheus beside a page of so many series, writing all of them to VictoriaMetrics: what they take. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { PairSeries } from "./series.ts";
import { startPrometheus, startVictoria, stop } from "./start.ts";

const SCRAPE_SECONDS = 2;

export interface Cost {
	readonly prometheusRss: number;
	readonly victoriaRss: number;
	/** Of remote_write, compressed. */
	readonly sentBytesPerSample: number;
}

export async function costOf(folder: string, series: PairSeries, seconds: number): Promise<Cost> {
	const server = createServer((_, response) => response.end(series.page())).listen(0, "127.0.0.1");
	await once(server, "listening");
	const victoria = startVictoria(folder);
	const { port } = server.address() as AddressInfo;
	const prometheus = startPrometheus(folder, configFor(port, `${victoria.url}/api/v1/write`));
	try {
		await sleep(seconds * 1000);
		const metric = await metricsAt(`${prometheus.url}/metrics`);
		return {
			prometheusRss: residentBytes(prometheus.child),
			victoriaRss: residentBytes(victoria.child),
			sentBytesPerSample:
				metric("prometheus_remote_storage_bytes_total") / metric("prometheus_remote_storage_samples_total"),
		};
	} finally {
		await Promise.all([prometheus, victoria].map(({ child }) => stop(child)));
		server.close();
	}
}

function configFor(port: number, writeTo: string): object {
	return {
		global: { scrape_interval: `${SCRAPE_SECONDS}s`, scrape_timeout: `${SCRAPE_SECONDS}s` },
		scrape_configs: [{ job_name: "lbscope", static_configs: [{ targets: [`127.0.0.1:${port}`] }] }],
		remote_write: [{ url: writeTo }],
	};
}

/** Sums over all series of a name. */
async function metricsAt(url: string): Promise<(name: string) => number> {
	const lines = (await (await fetch(url)).text()).split("\n");
	return (name) =>
		lines
			.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
			.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}

function residentBytes({ pid }: ChildProcess): number {
	const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
	return Number(kibibytes) * 1024;
}

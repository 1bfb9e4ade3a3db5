/** The exporter as users run it, over pairs that the bench fills in through the exporter's own descriptors. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { writeConfig } from "../scripts/lab/config.ts";
import { exporterCommand } from "../scripts/lab/exporter-command.ts";
import { createLab, type Lab } from "../scripts/lab/lab.ts";
import type { LabProcess } from "../scripts/lab/processes.ts";
import type { MapDescription } from "../src/bpf/map.ts";
import { borrowMaps } from "../src/bpf/other-process.ts";
import { createLoopWatch, type LoopSamples } from "./loop-watch.ts";
import { findPairMaps, type PairMaps } from "./pairs.ts";

const LISTEN = "127.0.0.1:19180";
const READY_WITHIN_MS = 30_000;
const POLLED_WITHIN_MS = 120_000;
const LOOK_MS = 20;

export interface ExporterOptions {
	readonly pairs: number;
	readonly pollMs: number;
	/** Run it in the load balancer's namespace, as on a node: its page is then out of our reach. */
	readonly isInside?: boolean;
}

export interface PollTimes {
	/** Unix times in ms. */
	readonly beginMs: number;
	readonly endMs: number;
}

export interface BenchExporter {
	readonly pid: number;
	readonly url: string;
	readonly pairs: PairMaps;
	/** The next poll that ends. */
	nextPoll(): Promise<PollTimes>;
	/** While `work` runs. */
	watchLoop<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly loop: LoopSamples }>;
}

export async function withExporter<T>(
	{ pairs, pollMs, isInside = false }: ExporterOptions,
	work: (exporter: BenchExporter) => Promise<T>,
): Promise<T> {
	const directory = await mkdtemp(join(tmpdir(), "lbscope-bench-"));
	const lab = await createLab({ prefix: "bench", offloads: "on" });
	try {
		const config = join(directory, "config.yaml");
		await writeConfig(lab, config, {
			listen: LISTEN,
			poll: { interval: `${pollMs}ms` },
			limits: { pairs },
			health: { enabled: false },
			pins: { enabled: false },
			log: { level: "debug" },
			...(isInside && { interfaces: "auto" }),
		});
		const netns = isInside ? lab.balancer.netns : undefined;
		return await follow(lab, { netns, config, probe: join(directory, "loop.json") }, work);
	} finally {
		await lab.remove();
		await rm(directory, { recursive: true });
	}
}

interface Start {
	/** Undefined: the host's. */
	readonly netns: string | undefined;
	readonly config: string;
	/** File for what the loop watch sees. */
	readonly probe: string;
}

async function follow<T>(
	lab: Lab,
	{ netns, config, probe }: Start,
	work: (exporter: BenchExporter) => Promise<T>,
): Promise<T> {
	const watch = createLoopWatch(probe);
	const command = ["env", ...watch.environment, ...exporterCommand(), "run", "--config", config];
	const child = lab.spawn(netns, ["sh", "-c", 'exec "$@" 2>&1', "sh", ...command], { timeoutMs: 0 });
	await child.waitFor("event=ready", READY_WITHIN_MS);
	const borrowed = borrowMaps(child.pid);
	const pairs = findPairMaps((name) => findMap(borrowed.maps, name));
	try {
		return await work({
			pid: child.pid,
			url: `http://${LISTEN}`,
			pairs,
			nextPoll: () => nextPoll(child),
			async watchLoop(watched) {
				watch.begin(child.pid);
				const result = await watched();
				return { result, loop: await watch.end(child.pid) };
			},
		});
	} finally {
		borrowed.close();
	}
}

function findMap(maps: readonly MapDescription[], wanted: string): MapDescription {
	const map = maps.find(({ name }) => name === wanted);
	if (!map) throw new Error(`Cannot fill the maps of the exporter: it has none called ${wanted}`);
	return map;
}

async function nextPoll(child: LabProcess): Promise<PollTimes> {
	const known = pollsOf(child).length;
	const deadline = performance.now() + POLLED_WITHIN_MS;
	for (;;) {
		const poll = pollsOf(child)[known];
		if (poll) return poll;
		if (performance.now() > deadline) throw new Error(`Cannot measure: no poll ended\n${child.stdout()}`);
		await sleep(LOOK_MS);
	}
}

/** Of its log. */
function pollsOf(child: LabProcess): PollTimes[] {
	const lines = child.stdout().matchAll(/^time=(\S+) .*event=polled duration_ms=(\d+)/gm);
	return [...lines].map(([, time = "", duration]) => {
		const endMs = Date.parse(time);
		return { beginMs: endMs - Number(duration), endMs };
	});
}

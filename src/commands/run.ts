/** lbscope run: attach, count, serve, until a signal. */
import { performance } from "node:perf_hooks";
import type { InterfaceChange, InterfaceSet } from "../bpf/interfaces.ts";
import { takeLibbpfMessages } from "../bpf/libbpf-messages.ts";
import { openProgramStats, type ProgramStats } from "../bpf/program-stats.ts";
import type { Config } from "../config/config.ts";
import { landingPage } from "../landing.ts";
import { createTrouble, type Log } from "../log.ts";
import { hostPort } from "../model/address.ts";
import type { Body } from "../model/body.ts";
import { createGovernor } from "../model/governor.ts";
import { createPage, createPublication, fixedBody, type Publication } from "../page.ts";
import { Poller } from "../poller.ts";
import type { Page } from "../scrape.ts";
import { createSelfMetrics, type ReadSource, type SelfMetrics } from "../self-metrics.ts";
import { createServer } from "../server.ts";
import { createSystemReader } from "../system/system-reader.ts";
import { readBuild } from "./build.ts";
import { type Counting, createProber, openCounting, openLastingCounting } from "./exporter.ts";
import { takePins } from "./pinned.ts";

/** Interfaces come back at any moment: what passes until they are noticed is not counted. */
const INTERFACE_CHECK_MS = 1000;

/** Runs until `stop` is aborted; everything is detached and closed when the promise settles. */
export async function run(config: Config, log: Log, stop: AbortSignal): Promise<void> {
	const build = readBuild();
	log.info("starting", { version: build.version, kernel: build.kernel, libbpf: build.libbpfVersion });
	const pinned = takePins(config);
	try {
		const counting = await open(config, pinned, log);
		try {
			await serve(config, counting, log, stop);
		} finally {
			counting.close();
		}
	} finally {
		if ("lock" in pinned) pinned.lock.close();
		log.info("stopped");
	}
}

async function open(config: Config, pinned: ReturnType<typeof takePins>, log: Log): Promise<Counting> {
	if ("reason" in pinned) {
		const reason = pinned.reason;
		if (config.pins.enabled) log.warn("nothing is pinned: counts begin anew with each run", { reason });
		const counting = openCounting(config, { replace: true });
		for (const message of takeLibbpfMessages()) log.warn("libbpf", { message });
		return counting;
	}
	const counting = await openLastingCounting(config, pinned);
	for (const reason of counting.forgotten) log.warn("counts of an earlier run are lost", { reason });
	return counting;
}

async function serve(config: Config, counting: Counting, log: Log, stop: AbortSignal): Promise<void> {
	const build = readBuild();
	const stats = openStats(config, counting, log);
	const self = createSelfMetrics({ pollIntervalMs: config.poll.intervalMs, programs: () => stats.read() });
	const publication = createPublication();
	const reads = watchReads(self, log);
	const prober = createProber(config, reads.health);
	const poller = createPoller(config, counting, { build, prober, publication, self, reads, log });
	const server = createServer({
		page: publication.page,
		systemMetrics: () => self.text(),
		scraped: (scrape) => self.scraped(scrape),
		notReady: () => poller.notReady(),
		landing: landingPage(build.version),
	});
	const host = config.listen.address ?? "::";
	await server.listen(host, config.listen.port);
	log.info("listening", { address: hostPort(host, config.listen.port) });
	const interfaces = watchInterfaces(counting.interfaces, log);
	try {
		await counting.carryOver();
		prober?.start();
		await poller.start();
		log.info("ready", { services: config.services.length, interval_ms: config.poll.intervalMs });
		await aborted(stop);
	} finally {
		clearInterval(interfaces);
		// First of all, whatever may take its time below.
		counting.detach();
		prober?.stop();
		await poller.stop();
		await server.close();
		stats.close();
	}
}

function openStats({ self }: Config, { object }: Counting, log: Log): ProgramStats {
	const stats = openProgramStats(object.programs(), { turnOn: self.programStats });
	if (stats.refusal !== undefined) log.warn("BPF programs are not timed", { reason: stats.refusal });
	return stats;
}

interface Around {
	readonly build: ReturnType<typeof readBuild>;
	readonly prober: ReturnType<typeof createProber>;
	readonly publication: Publication;
	readonly self: SelfMetrics;
	readonly reads: ReturnType<typeof watchReads>;
	readonly log: Log;
}

function createPoller(
	config: Config,
	counting: Counting,
	{ build, prober, publication, self, reads, log }: Around,
): Poller {
	const system = createSystemReader({ tried: (part, failure) => reads[part](failure) });
	const trouble = createTrouble(log, "poll failed");
	const { pairs: capacity, pairIdleMs: idleMs } = config.limits;
	return new Poller({
		source: counting.source,
		governor: createGovernor({ capacity, idleMs }),
		services: config.services,
		health: () => prober?.verdicts(),
		system: () => system.read(),
		build,
		intervalMs: config.poll.intervalMs,
		now: () => performance.now(),
		publish: (making) => publication.publish(withSelf(making, self)),
		stageEnded: (stage, durationMs) => self.stageEnded(stage, durationMs),
		ended({ durationMs, failure }) {
			self.pollEnded({ durationMs, failed: failure !== undefined, atMs: Date.now() });
			if (failure) return trouble.because(failure.message);
			trouble.over();
			log.debug("polled", { duration_ms: Math.round(durationMs) });
		},
	});
}

/** The families of a poll, and behind them the exporter's own metrics. */
async function withSelf(making: Promise<Body>, self: SelfMetrics): Promise<Page> {
	const families = await making;
	const page = createPage([families, fixedBody([Buffer.from(await self.text())])]);
	self.pageMade(page.plain.byteLength);
	return page;
}

/** For each source what to call after a read, with why it failed, if it did: counted each time, logged when it changes. */
function watchReads(self: SelfMetrics, log: Log): Record<ReadSource, (failure: string | undefined) => void> {
	const watch = (source: ReadSource) => {
		const trouble = createTrouble(log, `cannot read ${source}`);
		return (failure: string | undefined) => {
			if (failure === undefined) return trouble.over();
			self.readFailed(source);
			trouble.because(failure);
		};
	};
	return { cpu: watch("cpu"), memory: watch("memory"), disk: watch("disk"), health: watch("health") };
}

function watchInterfaces(interfaces: InterfaceSet, log: Log): NodeJS.Timeout {
	const trouble = createTrouble(log, "cannot look at the interfaces");
	const sync = () => {
		try {
			for (const change of interfaces.sync()) report(change, log);
			trouble.over();
		} catch (error) {
			trouble.because((error as Error).message);
		}
	};
	sync();
	return setInterval(sync, INTERFACE_CHECK_MS);
}

const EVENTS = { gone: "interface gone", failed: "not attached", removed: "left by an earlier run" } as const;

function report({ interface: name, what, detail }: InterfaceChange, log: Log): void {
	if (what === "attached") log.info("attached", { interface: name, by: detail });
	else log.warn(EVENTS[what], { interface: name, reason: detail });
}

function aborted(signal: AbortSignal): Promise<void> {
	return new Promise((resolve) => {
		if (signal.aborted) resolve();
		else signal.addEventListener("abort", () => resolve(), { once: true });
	});
}

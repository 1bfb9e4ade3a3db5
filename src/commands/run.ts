/** lbscope run: attach, count, serve, until a signal. */
import { performance } from "node:perf_hooks";
import type { InterfaceChange, InterfaceSet } from "../bpf/interfaces.ts";
import { takeLibbpfMessages } from "../bpf/libbpf-messages.ts";
import { openProgramStats, type ProgramStats } from "../bpf/program-stats.ts";
import type { Config } from "../config/config.ts";
import { landingPage } from "../landing.ts";
import { createTrouble, type Log } from "../log.ts";
import { hostPort } from "../model/address.ts";
import { makePage } from "../page.ts";
import { Poller } from "../poller.ts";
import { createSelfMetrics, type ReadSource, type SelfMetrics } from "../self-metrics.ts";
import { createServer, type Page } from "../server.ts";
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
	return openLastingCounting(config, pinned);
}

async function serve(config: Config, counting: Counting, log: Log, stop: AbortSignal): Promise<void> {
	const build = readBuild();
	const programs = openProgramStats(counting.object.programs(), { turnOn: config.self.programStats });
	if (programs.refusal !== undefined) log.warn("BPF programs are not timed", { reason: programs.refusal });
	const publication = createPublication(config, programs);
	const reads = watchReads(publication.self, log);
	const prober = createProber(config, reads.health);
	const poller = createPoller(config, counting, { build, prober, publication, reads, log });
	const server = createServer({
		page: publication.page,
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
		programs.close();
	}
}

interface Around {
	readonly build: ReturnType<typeof readBuild>;
	readonly prober: ReturnType<typeof createProber>;
	readonly publication: ReturnType<typeof createPublication>;
	readonly reads: ReturnType<typeof watchReads>;
	readonly log: Log;
}

function createPoller(
	config: Config,
	counting: Counting,
	{ build, prober, publication, reads, log }: Around,
): Poller {
	const system = createSystemReader({ tried: (part, failure) => reads[part](failure) });
	const trouble = createTrouble(log, "poll failed");
	return new Poller({
		source: counting.source,
		services: config.services,
		health: () => prober?.verdicts(),
		system: () => system.read(),
		build,
		intervalMs: config.poll.intervalMs,
		now: () => performance.now(),
		publish: publication.publish,
		ended({ durationMs, failure }) {
			publication.self.pollEnded({ durationMs, failed: failure !== undefined, atMs: Date.now() });
			if (failure) return trouble.because(failure.message);
			trouble.over();
			log.debug("polled", { duration_ms: Math.round(durationMs) });
		},
	});
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

/** The page that the server hands out: the families of the last poll and the exporter's own metrics. */
function createPublication(config: Config, programs: ProgramStats) {
	const self = createSelfMetrics({ pollIntervalMs: config.poll.intervalMs, programs: programs.read });
	let page: Page | undefined;
	return {
		self,
		page: () => page,
		async publish(families: Buffer): Promise<void> {
			page = await makePage([families, Buffer.from(await self.text())]);
			self.pageMade(page.text.length);
		},
	};
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

function report({ interface: name, what, detail }: InterfaceChange, log: Log): void {
	if (what === "attached") log.info("attached", { interface: name, by: detail });
	else log.warn(what === "gone" ? "interface gone" : "not attached", { interface: name, reason: detail });
}

function aborted(signal: AbortSignal): Promise<void> {
	return new Promise((resolve) => {
		if (signal.aborted) resolve();
		else signal.addEventListener("abort", () => resolve(), { once: true });
	});
}

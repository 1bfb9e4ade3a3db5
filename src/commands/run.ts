/** lbscope run: attach, count, serve, until a signal. */
import { performance } from "node:perf_hooks";
import { openProgramStats, type ProgramStats } from "../bpf/program-stats.ts";
import type { Config } from "../config/config.ts";
import { landingPage } from "../landing.ts";
import { createTrouble, type Log } from "../log.ts";
import { hostPort } from "../model/address.ts";
import { createGovernor } from "../model/governor.ts";
import { createPublication, type Publication } from "../page.ts";
import { Poller } from "../poller.ts";
import { createSelfMetrics, type SelfMetrics } from "../self-metrics.ts";
import { createServer } from "../server.ts";
import { createSystemReader } from "../system/system-reader.ts";
import { readBuild } from "./build.ts";
import { type CountedServices, countServices } from "./count-services.ts";
import { discoverySources } from "./discovery-sources.ts";
import { aborted, createEnd } from "./end.ts";
import type { Counting } from "./exporter.ts";
import { createServiceFinder, type ServiceFinder } from "./find-services.ts";
import { type FormerServices, formerServices } from "./former-services.ts";
import { takePins } from "./pinned.ts";
import { withSelf } from "./publish.ts";
import { startCounting } from "./start-counting.ts";
import { createHealth, type Health } from "./watch-health.ts";
import { watchInterfaces } from "./watch-interfaces.ts";
import { type Reads, watchReads } from "./watch-reads.ts";

/** Runs until `stop` is aborted; everything is detached and closed when the promise settles. */
export async function run(config: Config, log: Log, stop: AbortSignal): Promise<void> {
	const build = readBuild();
	log.info("starting", { version: build.version, kernel: build.kernel, libbpf: build.libbpfVersion });
	const pinned = takePins(config);
	let stats: ProgramStats | undefined;
	const self = createSelfMetrics({ pollIntervalMs: config.poll.intervalMs, programs: () => stats?.read() });
	const reads = watchReads(self, log);
	try {
		const counting = await startCounting(config, pinned, reads.host_firewall, log);
		try {
			stats = openStats(config, counting, log);
			await serve(config, counting, { build, self, reads, log }, stop);
		} finally {
			counting.close();
			stats?.close();
		}
	} finally {
		if ("lock" in pinned) pinned.lock.close();
		log.info("stopped");
	}
}

function openStats({ self }: Config, { object }: Counting, log: Log): ProgramStats {
	const stats = openProgramStats(object.programs(), { turnOn: self.programStats });
	if (stats.refusal !== undefined) log.warn("BPF programs are not timed", { reason: stats.refusal });
	return stats;
}

/** What says how it goes. */
interface Around {
	readonly build: ReturnType<typeof readBuild>;
	readonly self: SelfMetrics;
	readonly reads: Reads;
	readonly log: Log;
}

async function serve(config: Config, counting: Counting, around: Around, stop: AbortSignal): Promise<void> {
	const { build, self, reads, log } = around;
	const publication = createPublication();
	const health = createHealth(config.health, reads.health);
	const services = countServices(counting.source, config.services, log);
	const finder = createFinder(
		config,
		formerServices(counting.lists, config.discovery),
		services,
		health,
		around,
	);
	const { broken, ended } = createEnd();
	const poller = createPoller(config, { counting, services, health, publication, broken }, around);
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
	let interfaces: NodeJS.Timeout | undefined;
	try {
		// Until the programs know the services, those of the run before count on.
		await finder.start(stop);
		interfaces = await watchInterfaces(counting.interfaces, log);
		await counting.carryOver();
		health?.start();
		await poller.start();
		log.info("ready", { services: services.now().services.length, interval_ms: config.poll.intervalMs });
		await Promise.race([aborted(stop), ended]);
	} finally {
		clearInterval(interfaces);
		// First of all, whatever may take its time below.
		counting.detach();
		await finder.stop();
		health?.stop();
		await poller.stop();
		await server.close();
	}
}

function createFinder(
	config: Config,
	former: FormerServices,
	services: CountedServices,
	health: Health | undefined,
	{ self, log }: Around,
): ServiceFinder {
	const skipped = (source: string, reason: string) => log.warn("left out", { source, reason });
	return createServiceFinder({
		sources: discoverySources(config, skipped),
		former,
		metrics: self,
		log,
		async apply(found) {
			await services.apply(found);
			await health?.update(found);
		},
	});
}

interface Polled {
	readonly counting: Counting;
	readonly services: CountedServices;
	readonly health: Health | undefined;
	readonly publication: Publication;
	readonly broken: (error: Error) => void;
}

function createPoller(
	config: Config,
	{ counting, services, health, publication, broken }: Polled,
	{ build, self, reads, log }: Around,
): Poller {
	const system = createSystemReader({ tried: (part, failure) => reads[part](failure) });
	const trouble = createTrouble(log, "poll failed");
	const { pairs: capacity, pairIdleMs: idleMs } = config.limits;
	return new Poller({
		source: counting.source,
		governor: createGovernor({ capacity, idleMs }),
		services: services.now,
		health: () => health?.verdicts(),
		system: () => system.read(),
		build,
		intervalMs: config.poll.intervalMs,
		now: () => performance.now(),
		broken,
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

/** lbscope run: attach, count, serve, until a signal. */
import type { Config } from "../config/config.ts";
import type { LeveledLog } from "../log.ts";
import { createSelfMetrics } from "../self/self-metrics.ts";
import { landingPage } from "../web/landing.ts";
import { createPublication } from "../web/page.ts";
import type { Around } from "./around.ts";
import { assemble } from "./assemble.ts";
import { readBuild } from "./build.ts";
import { aborted, createEnd } from "./end.ts";
import type { Counting } from "./exporter.ts";
import { createListener } from "./listener.ts";
import { openConfiguredDoor, watchDoor } from "./open-door.ts";
import { takePins } from "./pinned.ts";
import { countProgramRuns } from "./program-runs.ts";
import { changeConfig } from "./reload/change-config.ts";
import { type ConfigOrigin, followConfig } from "./reload/follow-config.ts";
import { runReading } from "./run-reading.ts";
import { startCounting } from "./start-counting.ts";
import { watchInterfaces } from "./watch-interfaces.ts";
import { watchReads } from "./watch-reads.ts";

/** Runs until `stop` is aborted; everything is detached and closed when the promise settles. */
export async function run(
	config: Config,
	log: LeveledLog,
	stop: AbortSignal,
	origin: ConfigOrigin,
): Promise<void> {
	if (config.source === "loxilb") return runReading(config, log, stop, origin);
	const build = readBuild();
	log.info("starting", { version: build.version, kernel: build.kernel, libbpf: build.libbpfVersion });
	const door = openConfiguredDoor(config.web);
	const pinned = takePins(config);
	const runs = countProgramRuns(log);
	const self = createSelfMetrics({ pollIntervalMs: config.poll.intervalMs, programs: runs.read });
	self.config.applied(Date.now());
	const reads = watchReads(self, log);
	const otherFirewalls = { host: reads.host_firewall, loxilb: reads.loxilb_firewall };
	try {
		const counting = await startCounting(config, pinned, otherFirewalls, log);
		try {
			runs.use(counting.object.programs(), config.self);
			await serve(config, counting, { build, self, runs, reads, door, log }, { stop, origin });
		} finally {
			counting.close();
			runs.close();
		}
	} finally {
		if ("lock" in pinned) pinned.lock.close();
		log.info("stopped");
	}
}

interface FromOutside {
	readonly stop: AbortSignal;
	readonly origin: ConfigOrigin;
}

async function serve(
	config: Config,
	counting: Counting,
	around: Around,
	{ stop, origin }: FromOutside,
): Promise<void> {
	const { build, self, door, log } = around;
	const { broken, ended } = createEnd();
	const publication = createPublication();
	const parts = assemble(config, counting, around, { publication, broken });
	const { services, health, finder, poller } = parts;
	const served = {
		page: publication.page,
		systemMetrics: () => self.text(),
		scraped: self.scraped,
		refused: self.refused,
		notReady: () => poller.notReady(),
		reload: () => followed.post(),
		landing: landingPage(build.version),
	};
	const listener = createListener(served, door.first, log);
	const change = (before: Config, next: Config) =>
		changeConfig(before, next, { ...parts, listener, broken, stop });
	const followed = followConfig(config, origin, change, around);
	listener.use(await listener.open(config.listen));
	watchDoor(door, listener, self, log);
	let interfaces: NodeJS.Timeout | undefined;
	try {
		// Until the programs know the services, those of the run before count on.
		await finder.start(stop);
		interfaces = await watchInterfaces(counting.interfaces, log);
		await counting.carryOver();
		health.start();
		await poller.start();
		log.info("ready", { services: services.now().services.length, interval_ms: config.poll.intervalMs });
		followed.start();
		await Promise.race([aborted(stop), ended]);
	} finally {
		clearInterval(interfaces);
		// What it has begun, it ends: programs half changed are none to leave behind.
		await followed.stop();
		// First of all, whatever may take its time below.
		counting.detach();
		await finder.stop();
		health.stop();
		await poller.stop();
		door.stop();
		await listener.close();
	}
}

/** lbscope run with source: loxilb: nothing is attached, LoxiLB's maps are read and served. */
import type { Config } from "../config/config.ts";
import type { LeveledLog } from "../log.ts";
import { createSelfMetrics } from "../self/self-metrics.ts";
import type { LoxilbSource } from "../sources/loxilb/loxilb-source.ts";
import { landingPage } from "../web/landing.ts";
import { createPublication } from "../web/page.ts";
import type { Around } from "./around.ts";
import { readBuild } from "./build.ts";
import { discoverySources } from "./discovery-sources.ts";
import { aborted, createEnd } from "./end.ts";
import { createServiceFinder, type ServiceFinder } from "./find-services.ts";
import { createListener } from "./listener.ts";
import { openConfiguredDoor, watchDoor } from "./open-door.ts";
import { openLoxilb } from "./open-loxilb.ts";
import { pollerFor } from "./poller-for.ts";
import { changedSections } from "./reload/changed-sections.ts";
import { type ConfigOrigin, followConfig } from "./reload/follow-config.ts";
import { watchReads } from "./watch-reads.ts";

/** Runs until `stop` is aborted. */
export async function runReading(
	config: Config,
	log: LeveledLog,
	stop: AbortSignal,
	origin: ConfigOrigin,
): Promise<void> {
	const build = readBuild();
	log.info("starting", { version: build.version, kernel: build.kernel, source: config.source });
	const self = createSelfMetrics({ pollIntervalMs: config.poll.intervalMs });
	self.config.applied(Date.now());
	const around = { build, self, reads: watchReads(self, log), log };
	const door = openConfiguredDoor(config.web);
	const source = openLoxilb(config);
	const finder = nameFinder(config, source, around);
	const publication = createPublication();
	const { broken, ended } = createEnd();
	const parts = {
		counting: { source },
		services: { now: () => source.services() },
		health: { verdicts: () => source.health() },
	};
	const poller = pollerFor(config, { ...parts, publication, broken }, around);
	const followed = followConfig(config, origin, refuseChanges, { self, log });
	const listener = createListener(
		{
			page: publication.page,
			systemMetrics: () => self.text(),
			scraped: self.scraped,
			refused: self.refused,
			notReady: () => poller.notReady(),
			reload: () => followed.post(),
			landing: landingPage(build.version),
		},
		door.first,
		log,
	);
	listener.use(await listener.open(config.listen));
	watchDoor(door, listener, self, log);
	try {
		await finder.start(stop);
		await poller.start();
		log.info("ready", { services: source.services().services.length, interval_ms: config.poll.intervalMs });
		followed.start();
		await Promise.race([aborted(stop), ended]);
	} finally {
		await followed.stop();
		await finder.stop();
		await poller.stop();
		door.stop();
		await listener.close();
		log.info("stopped");
	}
}

/** The services are LoxiLB's rules. Sources that know services by name lend those of the same address, port and protocol. */
function nameFinder(
	{ services, discovery }: Config,
	source: LoxilbSource,
	{ self, log }: Pick<Around, "self" | "log">,
): ServiceFinder {
	const { ipvs, nftables } = discovery;
	const named = {
		...discovery,
		ipvs: { ...ipvs, enabled: false },
		nftables: { ...nftables, enabled: false },
	};
	return createServiceFinder({
		sources: discoverySources({ services, discovery: named }, (from, reason) =>
			log.warn("left out", { source: from, reason }),
		),
		// Without a map of its own there is nothing to keep them in.
		former: { load: async () => new Map(), save: async () => {} },
		metrics: self,
		log,
		apply: async (found) => source.name(found.map(({ service }) => service)),
	});
}

async function refuseChanges(before: Config, next: Config): Promise<readonly string[]> {
	const [changed] = changedSections(before, next);
	if (changed === undefined) return [];
	throw new Error(`Cannot change ${changed} while lbscope reads the maps of LoxiLB: that needs a restart`);
}

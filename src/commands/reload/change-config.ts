/** Another configuration for an exporter that runs: all of it, or nothing. */
import type { Config } from "../../config/config.ts";
import type { Discovery } from "../../discovery/discovery.ts";
import type { LeveledLog } from "../../log.ts";
import type { Poller } from "../../poller.ts";
import type { SelfMetrics } from "../../self/self-metrics.ts";
import type { CountedServices } from "../count-services.ts";
import type { Counting } from "../exporter.ts";
import type { ServiceFinder } from "../find-services.ts";
import type { FormerServices } from "../former-services.ts";
import type { Listener } from "../listener.ts";
import { governorFor } from "../poller-for.ts";
import type { ProgramRunCounts } from "../program-runs.ts";
import { sayLost } from "../start-counting.ts";
import { type Health, healthSettings } from "../watch-health.ts";
import { reportInterfaces } from "../watch-interfaces.ts";
import { changedSections, keepRunning, type Section } from "./changed-sections.ts";
import { HalfChanged } from "./other-programs.ts";
import { requireRights } from "./require-rights.ts";

/** `web` only names files, which are followed by themselves. */
const FIXED: readonly Section[] = ["metrics", "pins", "security", "system", "web", "source", "loxilb"];

export interface Running {
	readonly counting: Counting;
	readonly services: CountedServices;
	readonly health: Health;
	readonly finder: ServiceFinder;
	readonly poller: Poller;
	readonly listener: Listener;
	readonly runs: ProgramRunCounts;
	readonly self: SelfMetrics;
	readonly log: LeveledLog;
	/** Not started. @throws */
	readonly sourcesOf: (config: Config) => Discovery[];
	/** What the run before knew of them. */
	readonly formerOf: (config: Config) => FormerServices;
	/** Told when neither configuration holds. */
	readonly broken: (error: Error) => void;
	readonly stop: AbortSignal;
}

/** What may fail comes first, and is undone when it does. Resolves with the sections that differ. */
export async function changeConfig(
	before: Config,
	next: Config,
	running: Running,
): Promise<readonly Section[]> {
	const { listener, finder, self, log } = running;
	const changed = changedSections(before, next);
	const fixed = changed.find((section) => FIXED.includes(section));
	if (fixed) throw new Error(`Cannot change ${fixed} while lbscope runs: that needs a restart`);
	requireRights(next);
	const made = running.sourcesOf(next);
	const server = changed.includes("listen") ? await listener.open(next.listen) : undefined;
	try {
		await running.poller.between(() => finder.between(() => changeCounting(before, next, running)));
	} catch (error) {
		await server?.close();
		if (error instanceof HalfChanged) running.broken(error);
		throw error;
	}
	if (server) listener.use(server);
	log.setLevel(next.log.level);
	self.pollsEvery(next.poll.intervalMs);
	const sources = keepRunning(finder.sources(), made, { before, next });
	await finder.use(sources, running.formerOf(next), running.stop);
	return changed;
}

async function changeCounting(before: Config, next: Config, running: Running): Promise<void> {
	const { counting, services, health, poller, runs, log } = running;
	const source = counting.source;
	const { interfaces, freeFormer, ...lost } = await counting.change(next, services.now().services);
	reportInterfaces(interfaces, log);
	sayLost(lost, log);
	runs.use(counting.object.programs(), next.self);
	freeFormer();
	await health.configure(healthSettings(next));
	const hasNewTable = counting.source !== source;
	const areRulesOther =
		before.limits.pairs !== next.limits.pairs || before.limits.pairIdleMs !== next.limits.pairIdleMs;
	poller.use({
		source: counting.source,
		intervalMs: next.poll.intervalMs,
		...((hasNewTable || areRulesOther) && { governor: governorFor(next.limits) }),
	});
}

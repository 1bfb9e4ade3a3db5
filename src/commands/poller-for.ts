/** The poller of a configuration, with what it reads and whom it tells. */
import { performance } from "node:perf_hooks";
import type { Config, Limits } from "../config/config.ts";
import { createTrouble } from "../log.ts";
import { createGovernor, type Governor } from "../model/governor.ts";
import type { EndpointHealth } from "../model/health.ts";
import type { Source } from "../model/reading.ts";
import { Poller } from "../poller.ts";
import { createSystemReader } from "../system/system-reader.ts";
import type { Publication } from "../web/page.ts";
import type { Around } from "./around.ts";
import type { CountedServices } from "./count-services.ts";
import { withSelf } from "./publish.ts";

export interface Polled {
	readonly counting: { readonly source: Source };
	readonly services: Pick<CountedServices, "now">;
	readonly health: { verdicts(): readonly EndpointHealth[] | undefined };
	readonly publication: Publication;
	readonly broken: (error: Error) => void;
}

export function pollerFor(
	config: Config,
	{ counting, services, health, publication, broken }: Polled,
	{ build, self, reads, log }: Omit<Around, "runs" | "door">,
): Poller {
	const system = createSystemReader({ ...config.system, tried: (part, failure) => reads[part](failure) });
	const trouble = createTrouble(log, "poll failed");
	return new Poller({
		source: counting.source,
		governor: governorFor(config.limits),
		services: services.now,
		health: health.verdicts,
		system: () => system.read(),
		build,
		names: config.metrics.names,
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

export function governorFor({ pairs: capacity, pairIdleMs: idleMs }: Limits): Governor {
	return createGovernor({ capacity, idleMs });
}

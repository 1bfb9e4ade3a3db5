/** Endpoint health as `run` has it: told to the log and to the exporter's own metrics. */
import type { Config } from "../config/config.ts";
import { createHealth, type Health, type HealthSettings } from "../health/health.ts";
import type { Log } from "../log.ts";
import type { SelfMetrics } from "../self/self-metrics.ts";
import type { DataPath } from "../sources/data-path.ts";
import type { Reads } from "./watch-reads.ts";

export type { Health } from "../health/health.ts";

export interface HealthSurroundings {
	readonly source: Pick<DataPath, "handshakes">;
	readonly self: Pick<SelfMetrics, "probesMissed">;
	readonly reads: Pick<Reads, "health">;
	readonly log: Log;
}

type HealthConfig = Pick<Config, "health" | "interfaces">;

/** For another configuration while it runs: configure(healthSettings(config)) of what it gives. */
export function watchHealth(config: HealthConfig, { source, self, reads, log }: HealthSurroundings): Health {
	return createHealth(healthSettings(config), {
		handshakes: () => source.handshakes(),
		tried: reads.health,
		missed: (probes) => self.probesMissed(probes),
		changed: ({ healthy, ...endpoint }) => {
			if (healthy) log.info("endpoint is healthy", endpoint);
			else log.warn("endpoint is unhealthy", endpoint);
		},
	});
}

export function healthSettings({ health, interfaces }: HealthConfig): HealthSettings {
	const attached = interfaces === "auto" ? [undefined] : interfaces.map(({ netns }) => netns);
	return { ...health, isElsewhere: !attached.includes(health.netns) };
}

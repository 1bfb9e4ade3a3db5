/** Which endpoints are healthy: by the word of those who know the services, or by probes. */
import { openTcpSocket } from "../bpf/sockets.ts";
import type { HealthChecks } from "../config/config.ts";
import type { Discovered } from "../discovery/discovery.ts";
import { tcpConnect } from "../health/connect.ts";
import { Prober, type ProberOptions } from "../health/prober.ts";
import { type SplitTargets, splitTargets } from "../health/split-targets.ts";
import type { EndpointHealth } from "../model/health.ts";

export interface Health {
	start(): void;
	stop(): void;
	/** The full list; in slices. Never two at a time. */
	update(services: readonly Discovered[]): Promise<void>;
	verdicts(): EndpointHealth[];
}

/** Undefined when it is not asked for. */
export function createHealth(health: HealthChecks, tried: ProberOptions["tried"] & {}): Health | undefined {
	const { enabled, source, netns, ...rules } = health;
	if (!enabled) return undefined;
	const open = netns === undefined ? undefined : (ipv6: boolean) => openTcpSocket(netns, ipv6);
	const prober = new Prober({ ...rules, connect: tcpConnect(open), tried });
	let told: SplitTargets["told"] = new Map();
	return {
		start: () => prober.start(),
		stop: () => prober.stop(),
		async update(found) {
			const targets = await splitTargets(found, source);
			await prober.update(targets.probed);
			told = targets.told;
		},
		verdicts: () => [...prober.verdicts(), ...told.values()],
	};
}

/** Which endpoints are healthy: by the word of those who know the services, or by probes. */
import { openTcpSocket } from "../bpf/sockets.ts";
import type { HealthChecks } from "../config/config.ts";
import type { Discovered } from "../discovery/discovery.ts";
import { tcpConnect } from "../health/connect.ts";
import { Prober, type ProberOptions } from "../health/prober.ts";
import { sourceVerdicts, withoutVerdict } from "../health/source-verdicts.ts";
import type { EndpointHealth } from "../model/health.ts";

export interface Health {
	start(): void;
	stop(): void;
	/** The full list. */
	update(services: readonly Discovered[]): void;
	verdicts(): EndpointHealth[];
}

/** Undefined when it is not asked for. */
export function createHealth(health: HealthChecks, tried: ProberOptions["tried"] & {}): Health | undefined {
	const { enabled, source, netns, ...rules } = health;
	if (!enabled) return undefined;
	const open = netns === undefined ? undefined : (ipv6: boolean) => openTcpSocket(netns, ipv6);
	const prober = new Prober({ ...rules, connect: tcpConnect(open), tried });
	let told: ReadonlyMap<string, EndpointHealth> = new Map();
	return {
		start: () => prober.start(),
		stop: () => prober.stop(),
		update(found) {
			told = source === "probe" ? new Map() : sourceVerdicts(found, source === "discovery");
			prober.update(withoutVerdict(found, told));
		},
		verdicts: () => [...prober.verdicts(), ...told.values()],
	};
}

/** What is known of one endpoint's health, whoever says so. */
import type { EndpointHealth } from "../model/health.ts";
import type { Probe } from "../model/probe.ts";
import type { Endpoint } from "../model/service.ts";
import type { Target } from "./targets.ts";
import { NO_VERDICT, type Verdict } from "./verdict.ts";

export interface EndpointState {
	readonly endpoint: Endpoint;
	/** See Probed. */
	remote: Buffer | undefined;
	/** See Probed. */
	request: Buffer | undefined;
	target: Target;
	probe: Probe;
	/** Of probes. */
	verdict: Verdict;
	healthy: boolean | undefined;
	/** The last verdict that there was. */
	lastVerdict: boolean | undefined;
	/** Of the last probe. */
	durationMs: number | undefined;
	/** How often the verdict has become this one from the other. */
	readonly turned: { healthy: number; unhealthy: number };
}

export function createState(target: Target, turned = { healthy: 0, unhealthy: 0 }): EndpointState {
	const { address, port, probe } = target;
	return {
		endpoint: { address, port },
		remote: undefined,
		request: undefined,
		target,
		probe,
		verdict: NO_VERDICT,
		healthy: undefined,
		lastVerdict: undefined,
		durationMs: undefined,
		turned,
	};
}

export function setProbe(state: EndpointState, probe: Probe): void {
	if (state.probe === probe) return;
	state.probe = probe;
	state.request = undefined;
}

/** A verdict that is worth a line. */
export type Changed = (state: EndpointState, healthy: boolean, reason: string) => void;

/** That all is well at the beginning is no news. */
export function setVerdict(
	state: EndpointState,
	healthy: boolean | undefined,
	reason: string,
	changed: Changed,
): void {
	state.healthy = healthy;
	const before = state.lastVerdict;
	if (healthy === undefined || healthy === before) return;
	state.lastVerdict = healthy;
	if (before !== undefined) state.turned[healthy ? "healthy" : "unhealthy"]++;
	if (before !== undefined || !healthy) changed(state, healthy, reason);
}

export function healthOf({ target, healthy, durationMs, turned }: EndpointState): EndpointHealth {
	const { address, port, protocol, services } = target;
	return { address, port, protocol, services, healthy, durationMs, turned: { ...turned } };
}

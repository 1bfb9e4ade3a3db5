/** The endpoints of all services, each once. */
import { hostPort } from "../model/address.ts";
import type { Probe } from "../model/probe.ts";
import { type Endpoint, endpointKey, type Protocol, type Service } from "../model/service.ts";

export interface Target extends Endpoint {
	readonly protocol: Protocol;
	/** Labels of the services that use it, each once. */
	readonly services: readonly string[];
	readonly probe: Probe;
	/** What sources say of it. Where they differ, a single unhealthy verdict decides. */
	readonly told: boolean | undefined;
}

/** By endpointKey(). */
export type Targets = Map<string, Target>;

/** A service, and the verdicts of its source by `address:port`. */
export interface Told {
	readonly service: Service;
	readonly healthy: ReadonlyMap<string, boolean>;
}

/** Where services want different probes, the first that has one of its own is listened to. */
export function addTargets(targets: Targets, { service, healthy }: Told, probe: Probe): void {
	const { label, protocol, endpoints } = service;
	for (const endpoint of endpoints) {
		const { address, port } = endpoint;
		const key = endpointKey(protocol, endpoint);
		const verdict = healthy.size > 0 ? healthy.get(hostPort(address, port)) : undefined;
		const known = targets.get(key);
		const own = service.probe ?? probe;
		if (known)
			targets.set(key, merged(known, { label, probe: known.probe === probe ? own : known.probe, verdict }));
		else targets.set(key, { address, port, protocol, services: [label], probe: own, told: verdict });
	}
}

interface Further {
	readonly label: string;
	readonly probe: Probe;
	readonly verdict: boolean | undefined;
}

function merged(known: Target, { label, probe, verdict }: Further): Target {
	const services = known.services.includes(label) ? known.services : [...known.services, label];
	const told = verdict === undefined ? known.told : verdict && (known.told ?? true);
	return { ...known, services, probe, told };
}

/** The endpoints of all services, each once. */
import type { Probe } from "../model/probe.ts";
import { type Endpoint, endpointKey, type Protocol, type Service } from "../model/service.ts";

export interface Target extends Endpoint {
	readonly protocol: Protocol;
	/** Labels of the services that use it, each once. */
	readonly services: readonly string[];
	readonly probe: Probe;
}

/** By endpointKey(). */
export type Targets = Map<string, Target>;

/** Where services want different probes, the first that has one of its own is listened to. */
export function addTargets(targets: Targets, service: Service, probe: Probe): void {
	const { label, protocol, endpoints } = service;
	for (const endpoint of endpoints) {
		const key = endpointKey(protocol, endpoint);
		const known = targets.get(key);
		const labels = known?.services ?? [];
		const hasOwn = known !== undefined && known.probe !== probe;
		const { address, port } = endpoint;
		targets.set(key, {
			address,
			port,
			protocol,
			services: labels.includes(label) ? labels : [...labels, label],
			probe: hasOwn ? known.probe : (service.probe ?? probe),
		});
	}
}

/** The endpoints of all services, each once. */
import { hostPort } from "../model/address.ts";
import type { Endpoint, Protocol, Service } from "../model/service.ts";

export interface Target extends Endpoint {
	readonly protocol: Protocol;
	/** Labels of the services that use it, each once. */
	readonly services: readonly string[];
}

/** By address, port and protocol. */
export function targetsOf(services: readonly Service[]): Map<string, Target> {
	const targets = new Map<string, Target>();
	for (const service of services) addTargets(targets, service);
	return targets;
}

export function addTargets(targets: Map<string, Target>, { label, protocol, endpoints }: Service): void {
	for (const endpoint of endpoints) {
		const key = endpointKey(protocol, endpoint);
		const labels = targets.get(key)?.services ?? [];
		if (labels.includes(label)) continue;
		const { address, port } = endpoint;
		targets.set(key, { address, port, protocol, services: [...labels, label] });
	}
}

export function keyOf(protocol: Protocol, { address, port }: Endpoint): string {
	return `${protocol} ${hostPort(address, port)}`;
}

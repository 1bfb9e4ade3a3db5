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
	for (const { label, protocol, endpoints } of services) {
		for (const { address, port } of endpoints) {
			const key = `${protocol} ${hostPort(address, port)}`;
			const labels = new Set(targets.get(key)?.services).add(label);
			targets.set(key, { address, port, protocol, services: [...labels] });
		}
	}
	return targets;
}

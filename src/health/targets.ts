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
	const targets = new Map<string, Target & { services: string[] }>();
	for (const { label, protocol, endpoints } of services) {
		for (const endpoint of endpoints) {
			const key = keyOf(protocol, endpoint);
			const known = targets.get(key);
			if (!known) targets.set(key, { ...endpoint, protocol, services: [label] });
			else if (!known.services.includes(label)) known.services.push(label);
		}
	}
	return targets;
}

export function keyOf(protocol: Protocol, { address, port }: Endpoint): string {
	return `${protocol} ${hostPort(address, port)}`;
}

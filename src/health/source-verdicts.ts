/** Verdicts of those who told us of the services. */
import { hostPort } from "../model/address.ts";
import type { EndpointHealth } from "../model/health.ts";
import type { Endpoint, Protocol, Service } from "../model/service.ts";
import { keyOf, targetsOf } from "./targets.ts";

export interface Told {
	readonly service: Service;
	/** By `address:port`. */
	readonly healthy: ReadonlyMap<string, boolean>;
}

/** Endpoints that a source has a verdict about, or all of them, by their key. */
export function sourceVerdicts(services: readonly Told[], all: boolean): Map<string, EndpointHealth> {
	const verdicts = verdictsOf(services);
	const health = new Map<string, EndpointHealth>();
	for (const [key, target] of targetsOf(services.map(({ service }) => service))) {
		const healthy = verdicts.get(key);
		if (all || healthy !== undefined) health.set(key, { ...target, healthy });
	}
	return health;
}

/** Where services differ about an endpoint, a single unhealthy verdict decides. */
function verdictsOf(services: readonly Told[]): Map<string, boolean> {
	const verdicts = new Map<string, boolean>();
	for (const { service, healthy } of services) {
		if (healthy.size === 0) continue;
		for (const endpoint of service.endpoints) {
			const verdict = healthy.get(hostPort(endpoint.address, endpoint.port));
			const key = keyOf(service.protocol, endpoint);
			if (verdict !== undefined) verdicts.set(key, verdict && (verdicts.get(key) ?? true));
		}
	}
	return verdicts;
}

/** The services with the endpoints that are not in `told`. */
export function withoutVerdict(services: readonly Told[], told: ReadonlyMap<string, unknown>): Service[] {
	if (told.size === 0) return services.map(({ service }) => service);
	const isOpen = (protocol: Protocol, endpoint: Endpoint) => !told.has(keyOf(protocol, endpoint));
	return services.map(({ service }) => {
		const endpoints = service.endpoints.filter((endpoint) => isOpen(service.protocol, endpoint));
		return { ...service, endpoints };
	});
}

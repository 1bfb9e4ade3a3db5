/** Whether a list differs from the one before: what did not change is not delivered. */
import type { Endpoint } from "../model/service.ts";
import type { Discovered } from "./discovery.ts";

export function isSameList(a: readonly Discovered[], b: readonly Discovered[]): boolean {
	return areAlike(a, b, isSame);
}

function isSame(a: Discovered, b: Discovered): boolean {
	return (
		a.service.label === b.service.label &&
		a.service.vip === b.service.vip &&
		a.service.port === b.service.port &&
		a.service.protocol === b.service.protocol &&
		a.namespace === b.namespace &&
		a.name === b.name &&
		a.type === b.type &&
		areAlike(a.service.endpoints, b.service.endpoints, isSameEndpoint) &&
		haveSameVerdicts(a.healthy, b.healthy)
	);
}

function isSameEndpoint(a: Endpoint, b: Endpoint): boolean {
	return a.address === b.address && a.port === b.port;
}

function haveSameVerdicts(a: ReadonlyMap<string, boolean>, b: ReadonlyMap<string, boolean>): boolean {
	if (a.size !== b.size) return false;
	for (const [endpoint, verdict] of a) if (b.get(endpoint) !== verdict) return false;
	return true;
}

function areAlike<T>(a: readonly T[], b: readonly T[], isAlike: (a: T, b: T) => boolean): boolean {
	if (a.length !== b.length) return false;
	for (const [i, each] of a.entries()) if (!isAlike(each, b[i] as T)) return false;
	return true;
}

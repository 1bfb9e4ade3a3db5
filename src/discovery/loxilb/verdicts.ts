/** LoxiLB's verdicts about endpoints, as GET /netlox/v1/config/endpoint/all lists them. */
import { canonicalAddress, hostPort } from "../../model/address.ts";
import type { Endpoint } from "../../model/service.ts";
import type { Properties } from "./objects.ts";

const UNHEALTHY: ReadonlySet<unknown> = new Set(["nok", "red"]);

/** Undefined where there is none. */
export type Verdicts = (endpoint: Endpoint) => boolean | undefined;

export const NO_VERDICTS: Verdicts = () => undefined;

/**
 * A host has `hostName` (an IP address), `probeType`, `probePort` and `currState`: "ok", "nok" or "red".
 * What is said of its port goes before what a ping says of the host; of several probes all must be content.
 */
export function verdictsOf(hosts: readonly Properties[]): Verdicts {
	const byPlace = new Map<string, boolean>();
	for (const { hostName, probeType, probePort, currState } of hosts) {
		const address = typeof hostName === "string" ? canonicalAddress(hostName) : undefined;
		// One that is not probed is "ok" all the same.
		const isHealthy = currState === "ok";
		if (address === undefined || probeType === "none" || (!isHealthy && !UNHEALTHY.has(currState))) continue;
		const port = probeType === "ping" || typeof probePort !== "number" ? 0 : probePort;
		const place = hostPort(address, port);
		byPlace.set(place, byPlace.get(place) !== false && isHealthy);
	}
	return ({ address, port }) => byPlace.get(hostPort(address, port)) ?? byPlace.get(hostPort(address, 0));
}

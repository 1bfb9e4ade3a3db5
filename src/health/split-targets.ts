/** Who is asked about which endpoint: those who told us of the services, or the endpoint itself. */
import { hostPort } from "../model/address.ts";
import type { EndpointHealth } from "../model/health.ts";
import { eachInSlices } from "../model/in-slices.ts";
import type { Service } from "../model/service.ts";
import { addTargets, type Target } from "./targets.ts";

export interface Told {
	readonly service: Service;
	/** Verdicts of its source, by `address:port`. */
	readonly healthy: ReadonlyMap<string, boolean>;
}

export interface SplitTargets {
	readonly told: ReadonlyMap<string, EndpointHealth>;
	readonly probed: ReadonlyMap<string, Target>;
}

const ENDPOINTS_PER_SLICE = 300;

/** `auto`: what has a verdict is not probed. By the keys of targets; in slices. */
export async function splitTargets(
	services: readonly Told[],
	source: "auto" | "probe" | "discovery",
): Promise<SplitTargets> {
	const targets = new Map<string, Target>();
	const verdicts = new Map<string, boolean>();
	await eachInSlices(services, ENDPOINTS_PER_SLICE, ({ service, healthy }) => {
		addTargets(targets, service);
		if (source !== "probe" && healthy.size > 0) addVerdicts(verdicts, service, healthy);
		return 1 + service.endpoints.length;
	});
	const told = new Map<string, EndpointHealth>();
	const probed = new Map<string, Target>();
	await eachInSlices(targets, ENDPOINTS_PER_SLICE, ([key, target]) => {
		const healthy = verdicts.get(key);
		if (source === "discovery" || healthy !== undefined) told.set(key, { ...target, healthy });
		else probed.set(key, target);
		return 1;
	});
	return { told, probed };
}

/** Where services differ about an endpoint, a single unhealthy verdict decides. */
function addVerdicts(
	verdicts: Map<string, boolean>,
	{ protocol, endpoints }: Service,
	healthy: Told["healthy"],
): void {
	for (const endpoint of endpoints) {
		const verdict = healthy.get(hostPort(endpoint.address, endpoint.port));
		const key = endpointKey(protocol, endpoint);
		if (verdict !== undefined) verdicts.set(key, verdict && (verdicts.get(key) ?? true));
	}
}

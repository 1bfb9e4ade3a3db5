/** Who is asked about which endpoint: those who told us of the services, the endpoint itself, or nobody but its clients. */
import { hostPort } from "../model/address.ts";
import { eachInSlices } from "../model/in-slices.ts";
import type { Probe } from "../model/probe.ts";
import { endpointKey, type Service } from "../model/service.ts";
import { addTargets, type Target, type Targets } from "./targets.ts";

export interface Told {
	readonly service: Service;
	/** Verdicts of its source, by `address:port`. */
	readonly healthy: ReadonlyMap<string, boolean>;
}

export type Judge = "source" | "probe" | "clients" | "nobody";

export interface JudgedTarget {
	readonly target: Target;
	readonly judge: Judge;
	/** What its source says, if that is its judge. */
	readonly told: boolean | undefined;
}

export interface Wanted {
	readonly source: "auto" | "probe" | "discovery" | "passive";
	/** Of services that have none of their own. */
	readonly probe: Probe;
	/** Probes are sent from another network namespace than those of the attached interfaces. */
	readonly isElsewhere: boolean;
}

const ENDPOINTS_PER_SLICE = 300;

/** By endpointKey(); in slices. */
export async function splitTargets(
	services: readonly Told[],
	wanted: Wanted,
): Promise<ReadonlyMap<string, JudgedTarget>> {
	const targets: Targets = new Map();
	const verdicts = new Map<string, boolean>();
	const counted = new Set<string>();
	await eachInSlices(services, ENDPOINTS_PER_SLICE, ({ service, healthy }) => {
		counted.add(endpointKey(service.protocol, { address: service.vip, port: service.port }));
		addTargets(targets, service, wanted.probe);
		if (healthy.size > 0) addVerdicts(verdicts, service, healthy);
		return 1 + service.endpoints.length;
	});
	const judged = new Map<string, JudgedTarget>();
	await eachInSlices(targets, ENDPOINTS_PER_SLICE, ([key, target]) => {
		const told = verdicts.get(key);
		const judge = judgeOf(target, { wanted, told, isService: counted.has(key) });
		judged.set(key, { target, judge, told: judge === "source" ? told : undefined });
		return 1;
	});
	return judged;
}

interface Known {
	readonly wanted: Wanted;
	readonly told: boolean | undefined;
	readonly isService: boolean;
}

function judgeOf(target: Target, { wanted, told, isService }: Known): Judge {
	const { source, isElsewhere } = wanted;
	if (source === "passive") return "clients";
	if (source === "discovery") return "source";
	if (source === "auto" && told !== undefined) return "source";
	// A probe that passes the node on its way to such an endpoint would be a client like any other.
	const mayBeCounted = isElsewhere && isService;
	if (target.protocol === "tcp" && target.probe.type !== "none" && !mayBeCounted) return "probe";
	return source === "auto" ? "clients" : "nobody";
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

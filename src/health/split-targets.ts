/** Who is asked about which endpoint: those who told us of the services, the endpoint itself, or nobody but its clients. */
import { eachInSlices } from "../model/in-slices.ts";
import type { Probe } from "../model/probe.ts";
import { endpointKey } from "../model/service.ts";
import { addTargets, type Target, type Targets, type Told } from "./targets.ts";

export type Judge = "source" | "probe" | "clients" | "nobody";

export interface Wanted {
	readonly source: "auto" | "probe" | "discovery" | "passive";
	/** Of services that have none of their own. */
	readonly probe: Probe;
	/** Probes are sent from another network namespace than those of the attached interfaces. */
	readonly isElsewhere: boolean;
}

const ENDPOINTS_PER_SLICE = 300;

export interface SplitTargets {
	/** By endpointKey(). */
	readonly targets: ReadonlyMap<string, Target>;
	judgeOf(key: string, target: Target): Judge;
}

/** In slices. */
export async function splitTargets(services: readonly Told[], wanted: Wanted): Promise<SplitTargets> {
	const targets: Targets = new Map();
	const counted = new Set<string>();
	await eachInSlices(services, ENDPOINTS_PER_SLICE, (told) => {
		const { protocol, vip, port, endpoints } = told.service;
		counted.add(endpointKey(protocol, { address: vip, port }));
		addTargets(targets, told, wanted.probe);
		return 1 + endpoints.length;
	});
	return { targets, judgeOf: (key, target) => judgeOf(target, wanted, counted.has(key)) };
}

function judgeOf(target: Target, { source, isElsewhere }: Wanted, isService: boolean): Judge {
	if (source === "passive") return "clients";
	if (source === "discovery") return "source";
	if (source === "auto" && target.told !== undefined) return "source";
	// A probe that passes the node on its way to such an endpoint would be a client like any other.
	const mayBeCounted = isElsewhere && isService;
	if (target.protocol === "tcp" && target.probe.type !== "none" && !mayBeCounted) return "probe";
	return source === "auto" ? "clients" : "nobody";
}

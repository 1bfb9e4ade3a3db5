/** Services of a LoxiLB, from its REST API. */
import { jsonListPieces } from "../../model/json-list.ts";
import type { Discovered, Discovery } from "../discovery.ts";
import { pollingDiscovery } from "../polling.ts";
import { runInSlices } from "../run-in-slices.ts";
import { sayOnce } from "../say-once.ts";
import { objectsIn, type Properties } from "./objects.ts";
import { type Api, get } from "./request.ts";
import { servicesOfRule } from "./rules.ts";
import { NO_VERDICTS, type Verdicts, verdictsOf } from "./verdicts.ts";

const RULES_PATH = "/netlox/v1/config/loadbalancer/all";
const HOSTS_PATH = "/netlox/v1/config/endpoint/all";

export interface LoxilbOptions extends Api {
	/** 10 s unless told. */
	readonly intervalMs?: number;
	/** Why rules are left out, each reason once. */
	readonly skipped: (reason: string) => void;
	/** Asked while there is no answer, and there was none: false says that there is no LoxiLB and so no service. */
	readonly isHere?: () => Promise<boolean>;
}

export function discoverLoxilb(options: LoxilbOptions): Discovery {
	const { intervalMs = 10_000, isHere = async () => true } = options;
	const skip = sayOnce(options.skipped);
	let hasAnswered = false;
	return pollingDiscovery({
		name: "loxilb",
		intervalMs,
		async read(stopped, failed) {
			const rules = await get(options, RULES_PATH, stopped).catch(async (error: Error) => {
				if (hasAnswered || (await isHere())) throw error;
			});
			if (rules === undefined) return [];
			hasAnswered = true;
			const verdicts = await readVerdicts(options, stopped, failed);
			return runInSlices(services(rules, verdicts, skip));
		},
	});
}

/** Without verdicts the services are still worth knowing: then they have none. */
async function readVerdicts(
	api: Api,
	stopped: AbortSignal,
	failed: (reason: string) => void,
): Promise<Verdicts> {
	try {
		const text = await get(api, HOSTS_PATH, stopped);
		return await runInSlices(collectVerdicts(text));
	} catch (error) {
		failed((error as Error).message);
		return NO_VERDICTS;
	}
}

function* collectVerdicts(text: Buffer): Generator<void, Verdicts> {
	const hosts: Properties[] = [];
	for (const piece of jsonListPieces(text, "Attr")) {
		hosts.push(...objectsIn(piece));
		yield;
	}
	return verdictsOf(hosts);
}

function* services(
	text: Buffer,
	verdicts: Verdicts,
	skip: (reason: string) => void,
): Generator<void, Discovered[]> {
	const found: Discovered[] = [];
	for (const piece of jsonListPieces(text, "lbAttr")) {
		for (const rule of objectsIn(piece)) found.push(...servicesOfRule(rule, verdicts, skip));
		yield;
	}
	return found;
}

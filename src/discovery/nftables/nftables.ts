/** Services of nftables rules in the kernel. */
import { listRuleset } from "../../bpf/libnftables.ts";
import { readRulesetGeneration } from "../../bpf/nft-generation.ts";
import { jsonListPieces } from "../../model/json-list.ts";
import type { Discovered, Discovery } from "../discovery.ts";
import { pollingDiscovery } from "../polling.ts";
import { runInSlices } from "../run-in-slices.ts";
import { sayOnce } from "../say-once.ts";
import { findServices, type Skip } from "./find-services.ts";
import { addObjects, emptyRuleset, type Ruleset } from "./ruleset.ts";

export interface NftablesOptions {
	/** File of the network namespace, as /run/netns/NAME; undefined: the own one. */
	readonly netns: string | undefined;
	/** 5 s unless told. */
	readonly intervalMs?: number;
	/** Why rules are left out, each reason once. */
	readonly skipped: (reason: string) => void;
}

/** The rules of thousands of services take seconds to list, and change every few seconds in a busy cluster. */
const REST_PER_WORK = 9;

export function discoverNftables({ netns, intervalMs = 5000, skipped }: NftablesOptions): Discovery {
	const skip = sayOnce(skipped);
	let known: string | undefined;
	return pollingDiscovery({
		name: "nftables",
		intervalMs,
		restPerWork: REST_PER_WORK,
		async read() {
			// Before the rules: a change while they are read makes another one necessary.
			const generation = readRulesetGeneration(netns);
			if (generation === known) return undefined;
			const services = await readServices(netns, skip);
			known = generation;
			return services;
		},
	});
}

async function readServices(netns: string | undefined, skip: Skip): Promise<Discovered[]> {
	const text = await listRuleset({ netns, elements: true });
	return runInSlices(servicesIn(text, skip));
}

/** `text`: what libnftables lists. */
export function* servicesIn(text: Buffer, skip: Skip): Generator<void, Discovered[]> {
	const ruleset: Ruleset = emptyRuleset();
	for (const objects of jsonListPieces(text, "nftables")) {
		addObjects(ruleset, objects);
		yield;
	}
	return yield* findServices(ruleset, skip);
}

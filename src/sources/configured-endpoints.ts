/** The endpoints of the services that are counted now. */
import { inSlices } from "../model/in-slices.ts";
import type { Service } from "../model/service.ts";
import type { Addresses } from "./endpoint-names.ts";

export interface ConfiguredEndpoints {
	/** Whether the endpoint has its series with traffic or without. */
	has(label: string, dip: string): boolean;
	readonly addresses: Addresses;
	/** Before anything is counted: at once. */
	begin(services: readonly Service[]): void;
	/** In slices: until the last one the former endpoints are known. */
	set(services: readonly Service[]): Promise<void>;
}

/** Labels by the address of an endpoint. */
type Labels = Map<string, Set<string>>;

const ENDPOINTS_PER_SLICE = 500;

export function createConfiguredEndpoints(): ConfiguredEndpoints {
	let known: Labels = new Map();
	return {
		has: (label, dip) => known.get(dip)?.has(label) ?? false,
		addresses: { has: (address) => known.has(address) },
		begin(services) {
			known = new Map();
			for (const service of services) add(known, service);
		},
		async set(services) {
			const next: Labels = new Map();
			await inSlices(services.length, (from) => {
				let row = from;
				for (let endpoints = 0; row < services.length && endpoints < ENDPOINTS_PER_SLICE; row++) {
					endpoints += 1 + add(next, services[row] as Service);
				}
				return row;
			});
			known = next;
		},
	};
}

function add(labels: Labels, { label, endpoints }: Service): number {
	for (const { address } of endpoints) {
		const known = labels.get(address);
		if (known) known.add(label);
		else labels.set(address, new Set([label]));
	}
	return endpoints.length;
}

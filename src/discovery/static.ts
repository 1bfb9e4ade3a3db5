/** Services that are listed in the configuration. */
import type { Service } from "../model/service.ts";
import type { Discovered, Discovery } from "./discovery.ts";

const NO_VERDICTS: ReadonlyMap<string, boolean> = new Map();

export function staticServices(services: readonly Service[]): Discovery {
	const list = services.map((service): Discovered => {
		return { service, namespace: "", name: "", type: "", healthy: NO_VERDICTS };
	});
	return { name: "static", start: (deliver) => deliver(list), stop: async () => {} };
}

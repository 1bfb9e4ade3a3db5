/** What is found is counted, as far as there is room. */
import type { Discovered } from "../discovery/discovery.ts";
import type { Log } from "../log.ts";
import { inEqualSlices } from "../model/in-slices.ts";
import type { Service } from "../model/service.ts";
import type { Services } from "../poller.ts";
import type { DataPath } from "../sources/data-path.ts";

const SERVICES_PER_SLICE = 500;

export interface CountedServices {
	apply(found: readonly Discovered[]): Promise<void>;
	now(): Services;
}

/** `counting.source`: asked anew each time. `services`: those that the data path has begun with. */
export function countServices(
	counting: { readonly source: DataPath },
	services: readonly Service[],
	log: Log,
): CountedServices {
	let current: Services = { services, uncounted: 0 };
	return {
		async apply(found) {
			const before = current.uncounted;
			const all: Service[] = [];
			await inEqualSlices(found.length, SERVICES_PER_SLICE, (from, to) => {
				all.push(...found.slice(from, to).map(withOrigin));
			});
			current = await counting.source.apply(all);
			const { uncounted, services: counted } = current;
			if (uncounted > 0 && before === 0) {
				const reason = "limits.services has room for no more, those of earlier runs included";
				log.warn("services are not counted", { services: uncounted, counted: counted.length, reason });
			}
			if (uncounted === 0 && before > 0) log.info("all services are counted");
		},
		now: () => current,
	};
}

function withOrigin({ service, namespace, name, type }: Discovered): Service {
	if (namespace === "" && name === "" && type === "") return service;
	return { ...service, origin: { namespace, name, type } };
}

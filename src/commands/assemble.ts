/** The parts that work on what is counted: they live as long as the exporter, whatever its configuration becomes. */
import type { Config } from "../config/config.ts";
import type { Publication } from "../web/page.ts";
import type { Around } from "./around.ts";
import { countServices } from "./count-services.ts";
import { describeLoxilb, discoverySources } from "./discovery-sources.ts";
import type { Counting } from "./exporter.ts";
import { createServiceFinder } from "./find-services.ts";
import { formerServices } from "./former-services.ts";
import { pollerFor } from "./poller-for.ts";
import type { Running } from "./reload/change-config.ts";
import { watchHealth } from "./watch-health.ts";

export interface Outlets {
	readonly publication: Publication;
	readonly broken: (error: Error) => void;
}

export function assemble(
	config: Config,
	counting: Counting,
	around: Around,
	outlets: Outlets,
): Omit<Running, "listener" | "broken" | "stop"> {
	const { self, reads, runs, log } = around;
	// Another source may come with another configuration.
	const source = { handshakes: () => counting.source.handshakes() };
	const health = watchHealth(config, { source, self, reads, log });
	const services = countServices(counting, config.services, log);
	const skipped = (source: string, reason: string) => log.warn("left out", { source, reason });
	const sourcesOf = (wanted: Config) => discoverySources(wanted, skipped);
	const formerOf = ({ discovery }: Config) => formerServices(counting.lists, discovery);
	const loxilb = describeLoxilb(config);
	if (loxilb) log.info("looked for LoxiLB", loxilb);
	const finder = createServiceFinder({
		sources: sourcesOf(config),
		former: formerOf(config),
		metrics: self,
		log,
		async apply(found) {
			await services.apply(found);
			await health.update(found);
		},
	});
	const poller = pollerFor(config, { counting, services, health, ...outlets }, around);
	return { counting, services, health, finder, poller, sourcesOf, formerOf, runs, self, log };
}

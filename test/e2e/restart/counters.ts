/** Counters over the life of several exporters: those of the data path belong to none of them. */
import { expect } from "vitest";
import type { Labels, Page } from "../page.ts";

/** What a process counts of itself. */
const OF_THE_PROCESS =
	/^(process|nodejs)_|^lbscope_(polls?|read|scrape|web|discovery|bpf_program|page|endpoint_health|missed_probes)_/;
/** Series of these may leave the page, and come back as new ones. */
const MAY_LEAVE = [
	"lb_rule_interaction_bytes",
	"lb_rule_interaction_packets",
	"client_traffic_packets",
	"endpoint_traffic_bytes",
];

/** `evicting`: small pairs may have left and come back between these pages. */
export function expectNoneDown(page: Page, before: Page, evicting = false): void {
	for (const [name, type] of before.types) {
		if (type !== "counter" || OF_THE_PROCESS.test(name)) continue;
		if (evicting && MAY_LEAVE.includes(name)) continue;
		const now = new Map(page.series(name).map(({ labels, value }) => [keyOf(labels), value]));
		for (const { labels, value } of before.series(name)) {
			const later = now.get(keyOf(labels));
			if (later === undefined && MAY_LEAVE.includes(name)) continue;
			expect(later ?? -1, `${name}${keyOf(labels)} is not below ${value}`).toBeGreaterThanOrEqual(value);
		}
	}
}

function keyOf(labels: Labels): string {
	return JSON.stringify(Object.entries(labels).sort());
}

import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { createDiscoveryMetrics } from "../../src/self/discovery-metrics.ts";

async function linesOf(registry: Registry): Promise<string[]> {
	return (await registry.metrics()).match(/^lbscope_.*$/gm) ?? [];
}

const LABEL = '{source="kubernetes"}';

test("a source is up to date from its first list until it fails, and again from the next list", async () => {
	const registry = new Registry();
	const metrics = createDiscoveryMetrics(registry);
	const source = metrics.of("kubernetes");
	metrics.refresh(1_000);
	expect(await linesOf(registry)).toEqual([`lbscope_discovery_errors_total${LABEL} 0`]);
	source.delivered(3);
	metrics.refresh(2_000);
	source.failed();
	source.failed();
	metrics.refresh(9_000);
	expect(await linesOf(registry)).toEqual([
		`lbscope_discovery_services${LABEL} 3`,
		`lbscope_discovery_last_success_timestamp_seconds${LABEL} 2`,
		`lbscope_discovery_errors_total${LABEL} 2`,
	]);
	source.delivered(3);
	metrics.refresh(10_000);
	expect(await linesOf(registry)).toContain(`lbscope_discovery_last_success_timestamp_seconds${LABEL} 10`);
});

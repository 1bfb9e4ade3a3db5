/** All names that alerts, queries and dashboards may use: those of the page, and those of the recording rules. */
import { knownMetrics, type Metrics } from "./metrics.ts";
import { labelsOf } from "./promql.ts";
import { type Rule, rulesIn } from "./rule-files.ts";

export async function metricsWithRecords(): Promise<Metrics> {
	return withRecords(await knownMetrics(), rulesIn("recording-rules"));
}

/** Recording rules may use those before them. */
function withRecords(metrics: Metrics, records: readonly Rule[]): Metrics {
	const known = new Map(metrics);
	for (const { record, expr } of records) {
		const labels = [...(labelsOf(expr, known) ?? [])];
		known.set(record as string, { type: "gauge", labels, isRecorded: true });
	}
	return known;
}

import type { EndpointHealth } from "../model/health.ts";
import { inSection } from "./family.ts";

const MS = 1000;

export const OWN_HEALTH = inSection("lbscope: endpoint health", [
	{
		name: "lbscope_endpoint_healthy",
		type: "gauge",
		labels: ["service", "dip", "port"],
		help: "Last verdict about the endpoint: 1 healthy, 0 unhealthy; absent until there is one.",
		samples({ health }, emit) {
			for (const { healthy, labelValues } of endpoints(health)) {
				if (healthy !== undefined) emit(healthy ? 1 : 0, ...labelValues);
			}
		},
	},
	{
		name: "lbscope_endpoint_probe_duration_seconds",
		type: "gauge",
		labels: ["service", "dip", "port"],
		help: "Time from the begin of the last probe to its end, well or not; absent where endpoints are not probed. Looked at after 1 ms, then each time that as much again has passed, every 16 ms at last.",
		samples({ health }, emit) {
			for (const { durationMs, labelValues } of endpoints(health)) {
				if (durationMs !== undefined) emit(durationMs / MS, ...labelValues);
			}
		},
	},
	{
		name: "lbscope_endpoint_health_transitions_total",
		type: "counter",
		labels: ["service", "dip", "port", "to"],
		help: "How often the verdict about the endpoint has turned, whoever gave it: to healthy, or to unhealthy. From 0 again after a restart.",
		samples({ health }, emit) {
			for (const { turned, labelValues } of endpoints(health)) {
				emit(turned.healthy, ...labelValues, "healthy");
				emit(turned.unhealthy, ...labelValues, "unhealthy");
			}
		},
	},
]);

interface EndpointRow {
	readonly labelValues: readonly string[];
	readonly healthy: boolean | undefined;
	readonly durationMs: number | undefined;
	readonly turned: EndpointHealth["turned"];
}

/** Of the last pages: all families of a page are made of the same rows. */
const ROWS = new WeakMap<readonly EndpointHealth[], readonly EndpointRow[]>();

function endpoints(health: readonly EndpointHealth[] = []): readonly EndpointRow[] {
	const known = ROWS.get(health);
	if (known) return known;
	const rows = [...rowsOf(health)];
	ROWS.set(health, rows);
	return rows;
}

/** One for each series: where protocols share one, a single unhealthy verdict decides. */
function rowsOf(health: readonly EndpointHealth[]): Iterable<EndpointRow> {
	const rows = new Map<string, EndpointRow>();
	for (const { services, address, port, healthy, durationMs, turned } of health) {
		for (const service of services.length > 1 ? new Set(services) : services) {
			const labelValues = [service, address, String(port)];
			// Unambiguous: neither an address nor a port holds a line end.
			const key = `${service}\n${address}\n${port}`;
			const known = rows.get(key);
			const row = { labelValues, healthy, durationMs, turned };
			rows.set(key, known ? together(known, row) : row);
		}
	}
	return rows.values();
}

function together(a: EndpointRow, b: EndpointRow): EndpointRow {
	return {
		labelValues: a.labelValues,
		healthy: a.healthy === false || b.healthy === false ? false : (a.healthy ?? b.healthy),
		durationMs: a.durationMs ?? b.durationMs,
		turned: {
			healthy: a.turned.healthy + b.turned.healthy,
			unhealthy: a.turned.unhealthy + b.turned.unhealthy,
		},
	};
}

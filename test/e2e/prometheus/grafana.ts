/** The queries of a panel, as Grafana would send them with what is chosen in the variables. */
import { expand, type PanelQuery } from "../../dashboards/boards.ts";
import type { Api, Curve, TimeRange } from "./api.ts";

export interface Chosen {
	readonly job: readonly string[];
	readonly instance: readonly string[];
	/** Undefined: all, which is `.*`. */
	readonly service?: readonly string[];
	readonly endpoint?: readonly string[];
}

export interface Window {
	readonly range: TimeRange;
	/** When tables and single numbers are asked for: the end of the range in Grafana. */
	readonly atSeconds: number;
	readonly scrapeSeconds: number;
}

/** A curve of one value for what is asked as of one moment. */
export async function askAsGrafana(
	api: Api,
	{ target }: PanelQuery,
	chosen: Chosen,
	window: Window,
): Promise<readonly Curve[]> {
	const promql = expand(target.expr, {
		cluster: ".*",
		job: chosen.job,
		instance: chosen.instance,
		service: chosen.service ?? ".*",
		endpoint: chosen.endpoint ?? ".*",
		__rate_interval: `${rateInterval(window)}s`,
	});
	if (!target.instant) return api.range(promql, window.range);
	const samples = await api.query(promql, window.atSeconds);
	return samples.map(({ labels, value }) => ({ labels, values: [value] }));
}

/** https://grafana.com/docs/grafana/latest/datasources/prometheus/template-variables/: never less than four scrapes. */
function rateInterval({ range, scrapeSeconds }: Window): number {
	return Math.max(range.stepSeconds + scrapeSeconds, 4 * scrapeSeconds);
}

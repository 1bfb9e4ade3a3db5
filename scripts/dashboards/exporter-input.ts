/** What the exporter is given, and asks for: files, services, answers to probes. And who asks it. */
import { states, timeSeries } from "./panels.ts";
import { NODE } from "./variables.ts";

const RATE = "[$__rate_interval]";

/** A node without web files has no series about them. */
function ofFiles(ofOne: (name: string) => string): string {
	const named = (name: string, files: string) => `label_replace(${ofOne(name)}, "files", "${files}", "", "")`;
	return `${named("config", "configuration")} or ${named("web_config", "access")}`;
}

export const CONFIGURATION = {
	title: "Configuration and access",
	panels: [
		states({
			title: "Files in effect",
			says: "Whether lbscope runs with what it last read: the configuration, and the files that say who may ask, where there are some.",
			expr: ofFiles((name) => `lbscope_${name}_last_reload_successful{${NODE}}`),
			legend: "{{files}} of {{instance}}",
			good: "applied",
			bad: "refused",
			unit: "short",
			width: 8,
			alerts: ["LbscopeConfigReloadFailed", "LbscopeWebConfigReloadFailed"],
		}),
		timeSeries({
			title: "Age of what is in effect",
			says: "Seconds since the start, or since a changed file was last applied. access: certificates, passwords and tokens, where there are some.",
			curves: [
				{
					expr: ofFiles((name) => `time() - lbscope_${name}_last_reload_success_timestamp_seconds{${NODE}}`),
					legend: "{{files}} of {{instance}}",
				},
			],
			unit: "s",
			width: 8,
		}),
		timeSeries({
			title: "Turned away",
			says: "Requests and connections per second. connection: too many, or a wrong certificate. credentials: none, or wrong ones. busy: too much at once.",
			curves: [
				{ expr: `rate(lbscope_web_refused_total{${NODE}}${RATE})`, legend: "{{reason}}, {{instance}}" },
			],
			unit: "reqps",
			width: 8,
		}),
	],
};

export const DISCOVERY = {
	title: "Services and probes",
	panels: [
		timeSeries({
			title: "Age of service lists",
			says: "Seconds since the list of each source of services was last known to be up to date.",
			curves: [
				{
					expr: `time() - lbscope_discovery_last_success_timestamp_seconds{${NODE}}`,
					legend: "{{source}}, {{instance}}",
				},
			],
			unit: "s",
			width: 12,
			alerts: ["LbscopeDiscoveryStale"],
		}),
		timeSeries({
			title: "Failed questions",
			says: "Per second, to each source of services. What it said before stays valid.",
			curves: [
				{
					expr: `rate(lbscope_discovery_errors_total{${NODE}}${RATE})`,
					legend: "{{source}}, {{instance}}",
				},
			],
			unit: "short",
			width: 12,
			alerts: ["LbscopeDiscoveryStale"],
		}),
		timeSeries({
			title: "Services by source",
			says: "In the last list of each, before sources are merged.",
			curves: [{ expr: `lbscope_discovery_services{${NODE}}`, legend: "{{source}}, {{instance}}" }],
			unit: "short",
			width: 12,
		}),
		timeSeries({
			title: "Probes not begun in time",
			says: "Per second. 0 is normal, and all there is without health checks.",
			curves: [{ expr: `rate(lbscope_missed_probes_total{${NODE}}${RATE})`, legend: "{{instance}}" }],
			unit: "short",
			width: 12,
			alerts: ["LbscopeProbesOverloaded"],
		}),
	],
};

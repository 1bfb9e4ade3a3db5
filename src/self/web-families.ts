/** What the exporter says of those who ask it. */
import { Counter, Gauge, type Registry } from "prom-client";

export function webFamilies(registry: Registry) {
	const registers = [registry];
	const refused = new Counter({
		name: "lbscope_web_refused_total",
		help: "What was turned away. connection: there were too many, or its certificate was not as wanted. credentials: no token or password, or a wrong one. busy: too many scrapes, requests or passwords at once.",
		labelNames: ["reason"],
		registers,
	});
	const readSuccessful = new Gauge({
		name: "lbscope_web_config_last_reload_successful",
		help: "Whether the files that say who may ask were taken when they changed last: 1, or 0 while those of before are used. Absent without such files.",
		registers,
	});
	const readSuccess = new Gauge({
		name: "lbscope_web_config_last_reload_success_timestamp_seconds",
		help: "Unix time at which these files were taken last. Absent without such files.",
		registers,
	});
	// prom-client begins a gauge without labels at 0.
	for (const gauge of [readSuccessful, readSuccess]) gauge.remove();
	return { refused, readSuccessful, readSuccess };
}

import type { Origin } from "../model/service.ts";
import type { RetiredTraffic, Traffic } from "../model/snapshot.ts";
import { type FamilyWithoutSection, inSection } from "./family.ts";

const LEVELS: readonly (keyof RetiredTraffic)[] = ["pair", "client", "endpoint"];

const NO_ORIGIN: Origin = { namespace: "", name: "", type: "" };

export const OWN_SERVICES = inSection("lbscope: services", [
	{
		name: "lbscope_service_info",
		type: "gauge",
		labels: ["service", "vip", "port", "protocol", "namespace", "name", "type"],
		help: "Always 1; says which address, port and protocol the service label stands for; and what the source of the service calls it, empty where it has no word for it.",
		samples({ services }, emit) {
			const seen = new Set<string>();
			for (const { label, vip, port, protocol, origin = NO_ORIGIN } of services) {
				const { namespace, name, type } = origin;
				const values = [label, vip, String(port), protocol, namespace, name, type];
				if (isNew(seen, values)) emit(1, ...values);
			}
		},
	},
	{
		name: "lbscope_uncounted_services",
		type: "gauge",
		labels: [],
		help: "Services of which nothing is counted, because there is no room for more: see limits.services.",
		samples: ({ uncountedServices }, emit) => emit(uncountedServices),
	},
	{
		name: "lbscope_flow_errors_total",
		type: "counter",
		labels: ["service", "reason", "origin"],
		help: "Flows that ended badly, by what happened and which side it came from; sums to total_errors.",
		samples({ dataPath }, emit) {
			for (const { service, errorsBy } of dataPath?.services ?? []) {
				for (const { reason, origin, count } of errorsBy) emit(count, service, reason, origin);
			}
		},
	},
	{
		name: "lbscope_unattributed_bytes",
		type: "gauge",
		labels: ["service"],
		help: "Bytes that the kernel counted for the service and that no pair of this page has: they wait in flows, at most one poll.",
		samples({ dataPath }, emit) {
			for (const { service, unattributedBytes } of dataPath?.services ?? []) emit(unattributedBytes, service);
		},
	},
	retired("bytes"),
	retired("packets"),
]);

/** A series given twice makes Prometheus refuse the whole page. */
function isNew(seen: Set<string>, labelValues: readonly string[]): boolean {
	return seen.size < seen.add(JSON.stringify(labelValues)).size;
}

function retired(unit: keyof Traffic): FamilyWithoutSection {
	return {
		name: `lbscope_retired_${unit}_total`,
		type: "counter",
		labels: ["service", "level"],
		help: `What series that left the page had counted in ${unit}, by the level they left; higher levels still count it.`,
		samples({ dataPath }, emit) {
			for (const row of dataPath?.services ?? []) {
				for (const level of LEVELS) emit(row.retired[level][unit], row.service, level);
			}
		},
	};
}

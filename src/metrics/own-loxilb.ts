import type { LoxilbCounts } from "../model/loxilb-counts.ts";
import type { Traffic } from "../model/traffic.ts";
import { type FamilyWithoutSection, inSection } from "./family.ts";

const MEASURE: Readonly<Record<keyof Traffic, string>> = {
	bytes: "without IP headers, the first packet of a flow not, a FIN twice",
	packets: "a GRO super-packet as one, the first packet of a flow not, a FIN twice",
};

export const OWN_LOXILB = inSection("lbscope: read from LoxiLB's maps", [
	{
		name: "lbscope_loxilb_seen_flows_total",
		type: "counter",
		labels: ["service"],
		help: "Flows that stood in LoxiLB's table at a poll, each counted once: part of the flows created, for those that came and went between two polls are missing. Only with source: loxilb, which knows no total_requests.",
		samples({ dataPath }, emit) {
			for (const [service, flows] of seenByService(dataPath?.loxilb)) emit(flows, service);
		},
	},
	{
		name: "lbscope_loxilb_missed_flows_total",
		type: "counter",
		labels: [],
		help: "Flows that LoxiLB made and that were never seen in its table, of all services and of traffic that is not load-balanced: lbscope_loxilb_seen_flows_total misses at least 0 and at most so many. Only with source: loxilb.",
		samples: ({ dataPath }, emit) => emit(dataPath?.loxilb?.missedFlows),
	},
	unattributed("bytes"),
	unattributed("packets"),
	ofRules("bytes"),
	ofRules("packets"),
]);

function unattributed(unit: keyof Traffic): FamilyWithoutSection {
	return {
		name: `lbscope_loxilb_unattributed_${unit}_total`,
		type: "counter",
		labels: [],
		help: `What LoxiLB counted in ${unit} for flows that were never seen, or with a counter that two flows had between two polls: nobody can say whose it was, or whether it was load-balanced. It is in no other family. Only with source: loxilb.`,
		samples: ({ dataPath }, emit) => emit(dataPath?.loxilb?.unattributed[unit]),
	};
}

function ofRules(unit: keyof Traffic): FamilyWithoutSection {
	return {
		name: `lbscope_loxilb_rule_${unit}_total`,
		type: "counter",
		labels: ["service"],
		help: `LoxiLB's own ${unit} of the rule, in its own measure (${MEASURE[unit]}): a cross-check of service_traffic_${unit}, flows included that were never seen. Only with source: loxilb.`,
		samples({ dataPath }, emit) {
			for (const [service, traffic] of trafficByService(dataPath?.loxilb)) emit(traffic[unit], service);
		},
	};
}

function seenByService(counts: LoxilbCounts | undefined): Map<string, number> {
	const sums = new Map<string, number>();
	for (const { label, seenFlows } of counts?.services ?? [])
		sums.set(label, (sums.get(label) ?? 0) + seenFlows);
	return sums;
}

function trafficByService(counts: LoxilbCounts | undefined): Map<string, Traffic> {
	const sums = new Map<string, Traffic>();
	for (const { label, ruleTraffic } of counts?.services ?? []) {
		if (ruleTraffic === undefined) continue;
		const { packets, bytes } = sums.get(label) ?? { packets: 0, bytes: 0 };
		sums.set(label, { packets: packets + ruleTraffic.packets, bytes: bytes + ruleTraffic.bytes });
	}
	return sums;
}

import { inSection } from "./family.ts";
import { packetsByRule } from "./firewall.ts";

export const OWN_DATA_PATH = inSection("lbscope: data path", [
	{
		name: "lbscope_build_info",
		type: "gauge",
		labels: ["version", "node_version", "libbpf_version", "kernel"],
		help: "Always 1; says which versions run.",
		samples({ build }, emit) {
			emit(1, build.version, build.nodeVersion, build.libbpfVersion, build.kernel);
		},
	},
	{
		name: "lbscope_interface_attached",
		type: "gauge",
		labels: ["interface"],
		help: "1 when the programs are attached to the interface, 0 when it is configured but they are not.",
		samples({ dataPath }, emit) {
			for (const { name, attached } of dataPath?.interfaces ?? []) emit(attached ? 1 : 0, name);
		},
	},
	{
		name: "lbscope_map_entries",
		type: "gauge",
		labels: ["map"],
		help: "Entries in the map.",
		samples({ dataPath }, emit) {
			for (const { map, entries } of dataPath?.maps ?? []) emit(entries, map);
		},
	},
	{
		name: "lbscope_map_capacity_entries",
		type: "gauge",
		labels: ["map"],
		help: "Entries that the map has room for.",
		samples({ dataPath }, emit) {
			for (const { map, capacity } of dataPath?.maps ?? []) emit(capacity, map);
		},
	},
	{
		name: "lbscope_overflow_packets_total",
		type: "counter",
		labels: ["map"],
		help: 'Packets that found no room in the map: those of flows and others are counted under dip="other", those of pairs by endpoint under sip="other".',
		samples({ dataPath }, emit) {
			for (const { name, count } of dataPath?.overflowPackets ?? []) emit(count, name);
		},
	},
	{
		name: "lbscope_map_evictions_total",
		type: "counter",
		labels: ["map", "reason"],
		help: "Rows that left the map: pairs that were idle, or small while others found no room.",
		samples({ dataPath }, emit) {
			for (const { name, count } of dataPath?.evictedPairs ?? []) emit(count, "pairs", name);
		},
	},
	{
		name: "lbscope_ignored_packets_total",
		type: "counter",
		labels: ["reason"],
		help: "Packets that were no countable traffic, by reason.",
		samples({ dataPath }, emit) {
			for (const { name, count } of dataPath?.ignoredPackets ?? []) emit(count, name);
		},
	},
	{
		name: "lbscope_firewall_matched_packets_total",
		type: "counter",
		labels: ["fw_rule"],
		help: "Packets that matched a firewall rule which only counts.",
		samples({ dataPath }, emit) {
			for (const [rule, packets] of packetsByRule(dataPath, "count")) emit(packets, rule);
		},
	},
]);

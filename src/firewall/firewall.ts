/** Our own firewall: its rules written into the maps of the data path, its counters read from there. */
import { indexKey, type MapDescription, readFirst, sumOverCpus, update } from "../bpf/map.ts";
import { type Name, readNames, rowsOfNames } from "../bpf/names.ts";
import type { BpfObject } from "../bpf/object.ts";
import { bindStruct } from "../bpf/struct.ts";
import type { FirewallRuleCount } from "../model/reading.ts";
import type { Rule } from "./rule.ts";
import { allowsPort, maskOf, type PrefixRow, portRows, prefixRows } from "./rule-masks.ts";

const PROTOCOLS = 256;

/** enum firewall_action, without the first. */
const ACTIONS = ["drop", "count"] as const;

/** Sizes for the maps that hold these rules, to be set before the load. */
export function firewallMapSizes(rules: readonly Rule[]): Record<string, number> {
	return {
		firewall_sources: prefixRows(rules, "source").length,
		firewall_destinations: prefixRows(rules, "destination").length,
		firewall_ports: portRows(rules),
	};
}

/** To be called before the programs are attached: the rules appear one field after the other. */
export function writeRules(object: BpfObject, rules: readonly Rule[]): void {
	writeCounters(object, rules);
	const layout = bindStruct(object.structs, "prefix_key", { length: "u32", address: "address" });
	const encodePrefix = ({ length, address }: PrefixRow) => {
		const key = Buffer.alloc(layout.size);
		key.writeUInt32LE(length, layout.length);
		key.set(address, layout.address);
		return key;
	};
	for (const side of ["source", "destination"] as const) {
		const map = object.map(`firewall_${side}s`);
		for (const row of prefixRows(rules, side)) update(map, encodePrefix(row), Buffer.from(row.mask));
	}
	writeMasks(object.map("firewall_protocols"), PROTOCOLS, rules, (rule, protocol) => {
		return rule.protocol === undefined || rule.protocol === protocol;
	});
	writeMasks(object.map("firewall_ports"), portRows(rules), rules, allowsPort);
	writeMasks(object.map("firewall_drops"), 1, rules, ({ action }) => action === "drop");
}

function writeMasks(
	map: MapDescription,
	rows: number,
	rules: readonly Rule[],
	allows: (rule: Rule, index: number) => boolean,
): void {
	for (let index = 0; index < rows; index++) {
		const mask = maskOf(rules, (rule) => allows(rule, index));
		// Array maps begin with zeros.
		if (mask.some((byte) => byte !== 0)) update(map, indexKey(index), Buffer.from(mask));
	}
}

/** Rules of the same name and action share a counter, which outlives them. */
function writeCounters(object: BpfObject, rules: readonly Rule[]): void {
	const names = rules.map(({ name, action }): Name => ({ kind: 1 + ACTIONS.indexOf(action), text: name }));
	const counters = rowsOfNames(object.map("firewall_names"), nameLayout(object), names);
	for (const [rule, counter] of counters.entries()) {
		update(object.map("firewall_counters"), indexKey(rule), indexKey(counter));
	}
}

/** Packets and bytes that each rule matched, also those that are gone. */
export function readRuleCounts(object: BpfObject): FirewallRuleCount[] {
	const layout = bindStruct(object.structs, "traffic", { packets: "u64", bytes: "u64" });
	const names = readNames(object.map("firewall_names"), nameLayout(object));
	const rows = readFirst(object.map("firewall_matches"), names.length);
	return names.map(({ kind, text }, i) => ({
		name: text,
		action: ACTIONS[kind - 1] ?? "count",
		packets: sumOverCpus(rows, i, layout.packets),
		bytes: sumOverCpus(rows, i, layout.bytes),
	}));
}

function nameLayout(object: BpfObject) {
	return bindStruct(object.structs, "name", { kind: "u8", text: "name" });
}

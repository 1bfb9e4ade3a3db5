/** Names that a former set gave, for a new one: slots, counters of firewall rules, endpoints known by Ethernet address. */
import { indexKey, lookup, type MapDescription, readAll, update } from "../bpf/map.ts";
import type { BpfObject } from "../bpf/object.ts";
import type { Former } from "./map-sets.ts";

/** To be called before the new set has given any. @throws when it has less room than there are names */
export function copyNames({ maps, layouts }: Former, to: BpfObject): void {
	for (const name of ["slots", "firewall_names"] as const) {
		const former = maps.get(name);
		if (former) copyTaken(former, to.map(name), layouts.name.kind);
	}
}

export async function copyMacs(from: Former, to: BpfObject): Promise<void> {
	const former = from.maps.get("macs");
	if (!former) return;
	const { count, keys, values, keySize, valueStride } = await readAll(former);
	for (let i = 0; i < count; i++) {
		const key = keys.subarray(i * keySize, (i + 1) * keySize);
		update(to.map("macs"), key, values.subarray(i * valueStride, (i + 1) * valueStride));
	}
}

function copyTaken(from: MapDescription, to: MapDescription, kind: number): void {
	for (let row = 0; row < from.maxEntries; row++) {
		const value = lookup(from, indexKey(row));
		if (value === undefined || value.readUInt8(kind) === 0) return;
		if (row >= to.maxEntries) throw new Error(noRoom(to));
		update(to, indexKey(row), value);
	}
}

function noRoom({ name, maxEntries }: MapDescription): string {
	return (
		`Cannot make map ${name} with ${maxEntries} rows: more are in use since earlier runs, ` +
		'expected fewer names, a higher limit where there is one, or "lbscope cleanup", which forgets all counts'
	);
}

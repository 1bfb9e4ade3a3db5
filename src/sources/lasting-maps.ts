/** Maps that outlive the exporter: LASTING in bpf/maps.h. */
import { createHash } from "node:crypto";
import type { BtfStruct } from "../bpf/btf.ts";
import type { DescribedMap } from "../bpf/describe.ts";

export const LASTING_MAPS = [
	"flows",
	"flow_room",
	"unplaced",
	"pairs",
	"pair_rows",
	"pair_room",
	"others",
	"ledger",
	"evictions",
	"macs",
	"slots",
	"totals",
	"overflow",
	"errors",
	"handshakes",
	"ignored",
	"fragments",
	"join_slots",
	"join_gate",
	"firewall_names",
	"firewall_matches",
	"carried",
	"about",
] as const;

export type LastingMap = (typeof LASTING_MAPS)[number];

/** Keys and values of those maps. */
const LASTING_STRUCTS = [
	"address",
	"traffic",
	"flow_key",
	"flow",
	"flow_room",
	"note",
	"pair_key",
	"counted_pair",
	"pair_room",
	"ledger_key",
	"mac_key",
	"handshake_key",
	"handshakes",
	"name",
	"service_totals",
	"service_overflow",
	"service_errors",
	"fragment_key",
	"ports",
	"join_slot",
	"about",
] as const;

export type Structs = ReadonlyMap<string, BtfStruct>;

/** Name of a set of maps: maps of the same name fit the programs. Hexadecimal, for a pin may have no dot in its name. */
export function nameOfSet(structs: Structs, maps: readonly DescribedMap[]): string {
	const layouts = LASTING_STRUCTS.map((name) => structs.get(name));
	const shapes = LASTING_MAPS.map((wanted) => {
		const map = maps.find(({ name }) => name === wanted);
		return map && [map.name, map.type, map.keySize, map.valueSize, map.maxEntries, map.flags];
	});
	return createHash("sha256")
		.update(JSON.stringify([layouts, shapes]))
		.digest("hex")
		.slice(0, 16);
}

/** What is written into a set for those that come after it: the row of the map `about`. */
export function describeSet(structs: Structs, version: string, bytes: number): Buffer {
	const layouts = LASTING_STRUCTS.flatMap((name) => structs.get(name) ?? []);
	const text = JSON.stringify({ version, layouts });
	const row = Buffer.alloc(bytes);
	// A 0 must stay behind it.
	if (row.write(text, "utf8") >= bytes) throw new RangeError(`Cannot describe the maps in ${bytes} bytes`);
	return row;
}

/** @throws when the row was never written, or by another program */
export function structsOfSet(row: Buffer): Structs {
	const { layouts } = JSON.parse(row.toString("utf8", 0, row.indexOf(0))) as { layouts: BtfStruct[] };
	return new Map(layouts.map((struct) => [struct.name, struct]));
}

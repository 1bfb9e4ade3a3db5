/** Totals of the host's rules in a map of the kernel (bpf/netfilter.bpf.c), for the runs that come after this one. */
import { hash } from "node:crypto";
import { type MapDescription, readAll, removeBatch, updateBatch } from "../bpf/map.ts";
import type { BpfObject } from "../bpf/object.ts";
import { bindStruct, readU64, writeU64 } from "../bpf/struct.ts";
import { type Dropped, type DropTotals, NO_DROPS } from "./host-firewall-totals.ts";

/** enum host_count_kind */
const TOTAL = 1;
const RULE = 2;

export interface KeptDrops {
	/** Bytes of UTF-8 that a name may have. */
	readonly longestName: number;
	load(): Promise<DropTotals>;
	/** To be called with what was loaded or saved last. @throws when there is no room; then nothing was saved */
	save(before: DropTotals, now: DropTotals): void;
}

interface Row extends Dropped {
	/** Hexadecimal. */
	readonly key: string;
	readonly kind: number;
	/** Empty for a rule. */
	readonly name: string;
}

export function keptDrops(object: BpfObject): KeptDrops {
	const map = object.map("host_counts");
	const layout = layoutsOf(object);
	return {
		longestName: layout.count.size - layout.count.name - 1,
		load: async () => toTotals(await readRows(map, layout)),
		save(before, now) {
			const entries = now.rules.size + now.totals.size;
			if (entries > map.maxEntries)
				throw new Error(
					`Cannot keep what ${entries} rules have dropped, expected ${map.maxEntries} or fewer`,
				);
			// Those of rules that are gone make room. Should the next step fail, they begin anew when they are back.
			const gone = [...before.rules.keys()].filter((key) => !now.rules.has(key));
			removeBatch(map, Buffer.from(gone.join(""), "hex"), gone.length);
			// One call: a total and the rules that it is made of belong together.
			const rows = changedRows(before, now);
			const keys = Buffer.from(rows.map(({ key }) => key).join(""), "hex");
			updateBatch(map, keys, encodeRows(rows, layout), rows.length);
		},
	};
}

type Layouts = ReturnType<typeof layoutsOf>;

function layoutsOf({ structs }: BpfObject) {
	return {
		count: bindStruct(structs, "host_count", { traffic: "traffic", kind: "u8", name: "name" }),
		traffic: bindStruct(structs, "traffic", { packets: "u64", bytes: "u64" }),
	};
}

function changedRows(before: DropTotals, now: DropTotals): Row[] {
	const rows: Row[] = [];
	for (const [key, count] of now.rules) {
		if (!isSame(before.rules.get(key), count)) rows.push({ key, kind: RULE, name: "", ...count });
	}
	for (const [name, total] of now.totals) {
		if (!isSame(before.totals.get(name), total)) rows.push({ ...total, key: keyOfName(name), kind: TOTAL });
	}
	return rows;
}

function isSame(before: Dropped | undefined, now: Dropped): boolean {
	return before?.packets === now.packets && before.bytes === now.bytes;
}

function keyOfName(name: string): string {
	return hash("sha1", `total ${name}`, "hex").slice(0, 32);
}

function encodeRows(rows: readonly Row[], { count, traffic }: Layouts): Buffer {
	const values = Buffer.alloc(rows.length * count.size);
	for (const [i, { kind, name, packets, bytes }] of rows.entries()) {
		const at = i * count.size;
		writeU64(values, packets, at + count.traffic + traffic.packets);
		writeU64(values, bytes, at + count.traffic + traffic.bytes);
		values.writeUInt8(kind, at + count.kind);
		// A 0 stays behind it.
		values.write(name, at + count.name, count.size - count.name - 1, "utf8");
	}
	return values;
}

async function readRows(map: MapDescription, { count, traffic }: Layouts): Promise<Row[]> {
	const { count: found, keys, values, keySize, valueStride } = await readAll(map);
	return Array.from({ length: found }, (_, i) => {
		const at = i * valueStride;
		const text = values.subarray(at + count.name, at + count.size);
		return {
			key: keys.toString("hex", i * keySize, (i + 1) * keySize),
			kind: values.readUInt8(at + count.kind),
			name: text.toString("utf8", 0, text.indexOf(0)),
			packets: readU64(values, at + count.traffic + traffic.packets),
			bytes: readU64(values, at + count.traffic + traffic.bytes),
		};
	});
}

function toTotals(rows: readonly Row[]): DropTotals {
	if (rows.length === 0) return NO_DROPS;
	const of = (kind: number) => rows.filter((row) => row.kind === kind);
	return {
		rules: new Map(of(RULE).map(({ key, packets, bytes }) => [key, { packets, bytes }])),
		totals: new Map(of(TOTAL).map(({ name, packets, bytes }) => [name, { name, packets, bytes }])),
	};
}

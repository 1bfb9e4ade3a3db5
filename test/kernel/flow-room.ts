/** What the kernel says is in the flow table, without a look at it. */
import { indexKey, readAll, sumOverCpus, update } from "../../src/bpf/map.ts";
import type { BpfObject } from "../../src/bpf/object.ts";
import { bindStruct, writeU64 } from "../../src/bpf/struct.ts";

export interface FlowRoom {
	readonly rows: number;
	/** Connections that were never established. */
	readonly embryos: number;
}

function layoutOf({ structs }: BpfObject) {
	return bindStruct(structs, "flow_room", { rows: "s64", embryos: "s64", last_unplaced: "u64" });
}

export async function readFlowRoom(object: BpfObject): Promise<FlowRoom> {
	const row = await readAll(object.map("flow_room"));
	const layout = layoutOf(object);
	return { rows: sumOverCpus(row, 0, layout.rows), embryos: sumOverCpus(row, 0, layout.embryos) };
}

/** As if the kernel had said so. */
export async function writeFlowRoom(
	object: BpfObject,
	fields: Partial<FlowRoom & { readonly last_unplaced: number }>,
): Promise<void> {
	const layout = layoutOf(object);
	const { values } = await readAll(object.map("flow_room"));
	const row = values.subarray(0, layout.size);
	for (const [field, value] of Object.entries(fields)) {
		writeU64(row, value, layout[field as keyof typeof fields]);
	}
	update(object.map("flow_room"), indexKey(0), row);
}

/** Flows known to a former set, made known to a new one: else the next packet of each would open it anew. */
import { readBatches } from "../bpf/map.ts";
import type { BpfObject } from "../bpf/object.ts";
import { runOnRows } from "./inbox.ts";
import type { Layouts } from "./layouts.ts";
import type { Former } from "./map-sets.ts";
import { RowBuffer } from "./row-buffer.ts";

/** May be called again, for flows that came later; those that are there stay as they are. */
export async function copyFlows(from: Former, to: BpfObject, layouts: Layouts): Promise<void> {
	const former = from.maps.get("flows");
	if (!former || !areSame(from, to)) return;
	const { flowRow } = layouts;
	const rows = new RowBuffer(flowRow.size);
	await readBatches(former, ({ count, keys, values, keySize, valueStride }) => {
		for (let i = 0; i < count; i++) {
			const at = rows.next();
			keys.copy(rows.bytes, at + flowRow.key, i * keySize, (i + 1) * keySize);
			values.copy(rows.bytes, at + flowRow.flow, i * valueStride, (i + 1) * valueStride);
		}
	});
	await runOnRows(to, "carry_flows", rows.bytes.subarray(0, rows.length), layouts);
}

/** Of another version, flows are picked up in mid-stream. */
function areSame(from: Former, to: BpfObject): boolean {
	return ["flow_key", "flow"].every(
		(name) => JSON.stringify(from.structs.get(name)) === JSON.stringify(to.structs.get(name)),
	);
}

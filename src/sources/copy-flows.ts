/** What a former set knows of connections, made known to a new one: else the next packet of each would begin it anew. */
import { readBatches } from "../bpf/map.ts";
import type { BpfObject } from "../bpf/object.ts";
import { type InboxProgram, runOnRows } from "./inbox.ts";
import type { LastingMap } from "./lasting-maps.ts";
import type { Layouts } from "./layouts.ts";
import type { Former } from "./map-sets.ts";
import { RowBuffer } from "./row-buffer.ts";

/** May be called again, for what came later: what is there stays, and what both have counted counts once. */
export async function copyFlows(from: Former, to: BpfObject, layouts: Layouts): Promise<void> {
	const { flowRow, noteRow } = layouts;
	if (!areSame(from, to, ["flow_key", "flow"])) return;
	const flows = await rowsOf(from, "flows", { size: flowRow.size, key: flowRow.key, value: flowRow.flow });
	await run("carry_flows", flows);
	if (!areSame(from, to, ["note"])) return;
	const notes = await rowsOf(from, "unplaced", { size: noteRow.size, key: noteRow.key, value: noteRow.note });
	await run("carry_notes", notes);

	async function run(program: InboxProgram, rows: RowBuffer): Promise<void> {
		await runOnRows(to, program, rows.bytes.subarray(0, rows.length), layouts);
	}
}

interface RowLayout {
	readonly size: number;
	readonly key: number;
	readonly value: number;
}

async function rowsOf({ maps }: Former, name: LastingMap, layout: RowLayout): Promise<RowBuffer> {
	const rows = new RowBuffer(layout.size);
	const map = maps.get(name);
	if (!map) return rows;
	await readBatches(map, ({ count, keys, values, keySize, valueStride }) => {
		for (let i = 0; i < count; i++) {
			const at = rows.next();
			keys.copy(rows.bytes, at + layout.key, i * keySize, (i + 1) * keySize);
			values.copy(rows.bytes, at + layout.value, i * valueStride, (i + 1) * valueStride);
		}
	});
	return rows;
}

/** Of another version, flows are picked up in mid-stream. */
function areSame(from: Former, to: BpfObject, names: readonly string[]): boolean {
	return names.every(
		(name) => JSON.stringify(from.structs.get(name)) === JSON.stringify(to.structs.get(name)),
	);
}

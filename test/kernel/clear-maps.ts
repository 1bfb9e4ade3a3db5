/** To the state after the load, without the load. */
import { type MapRows, readAll, remove, update } from "../../src/bpf/map.ts";
import type { BpfObject } from "../../src/bpf/object.ts";
import { writeFlowRoom } from "./flow-room.ts";
import { clearPairRows } from "./pair-rows.ts";

const TABLES = ["flows", "unplaced", "pairs", "others", "ledger", "macs", "handshakes", "fragments"];
const ARRAYS = [
	"flow_room",
	"totals",
	"overflow",
	"errors",
	"ignored",
	"evictions",
	"firewall_matches",
	"join_slots",
	"join_gate",
];

export async function clearMaps(object: BpfObject): Promise<void> {
	for (const name of TABLES) await clearTable(object, name);
	await clearPairRows(object);
	for (const name of ARRAYS) {
		const map = object.map(name);
		const rows = await readAll(map);
		const zeros = Buffer.alloc(rows.valueStride);
		for (const key of keysOf(rows, (value) => !value.equals(zeros))) update(map, key, zeros);
	}
}

/** The flow table alone, and what counts its rows. */
export async function clearFlows(object: BpfObject): Promise<void> {
	await clearTable(object, "flows");
	await writeFlowRoom(object, { rows: 0, embryos: 0 });
}

async function clearTable(object: BpfObject, name: string): Promise<void> {
	const map = object.map(name);
	for (const key of keysOf(await readAll(map))) remove(map, key);
}

function* keysOf(rows: MapRows, wanted: (value: Buffer) => boolean = () => true): Generator<Buffer> {
	const { count, keys, values, keySize, valueStride } = rows;
	for (let row = 0; row < count; row++) {
		if (!wanted(values.subarray(row * valueStride, (row + 1) * valueStride))) continue;
		yield keys.subarray(row * keySize, (row + 1) * keySize);
	}
}

/** Makes a set of maps that which a version before pair_rows would have left. */
import { renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { indexKey, type MapDescription, readAll, update } from "../../src/bpf/map.ts";
import { pin, unpin } from "../../src/bpf/pins.ts";
import { describeSet, type LastingMap, type Structs } from "../../src/sources/lasting-maps.ts";
import { bindPair } from "../../src/sources/layouts.ts";
import { openSet, type SetName } from "../../src/sources/map-sets.ts";
import { eachPair } from "../../src/sources/pair-rows.ts";
import { loadSource } from "../compile-bpf.ts";

/** struct pair as it was: traffic, leaving, and four bytes. */
const VALUE_BYTES = 24;
const LEAVING = 16;
const TRAFFIC_BYTES = 16;

/** That of other limits, too: no set that is looked for. */
const FORMER_HASH = "0123456789abcdef";

/** What the set has counted stays. */
export async function makeFormer(name: SetName): Promise<void> {
	const set = openSet(name);
	const former = await loadSource(new URL("former-pairs.bpf.c", import.meta.url));
	if (!set) throw new Error(`there is no set in ${name.directory}`);
	const map = (wanted: LastingMap) => set.maps.get(wanted) as MapDescription;
	const pair = bindPair(set.structs);
	await eachPair(map("pair_rows"), map("pair_rows").maxEntries, pair, (values, at) => {
		const key = values.subarray(at + pair.key, at + pair.key + former.map("pairs").keySize);
		const value = formerValue(values.subarray(at + pair.traffic), values.readUInt32LE(at + pair.leaving));
		update(former.map("pairs"), key, value);
	});
	const { count, keys, values, keySize, valueStride } = await readAll(map("others"));
	for (let i = 0; i < count; i++) {
		const key = keys.subarray(i * keySize, (i + 1) * keySize);
		update(former.map("others"), key, formerValue(values.subarray(i * valueStride), 0));
	}
	const about = describeSet(structsBefore(set.structs, former.structs), "0.0.0", map("about").valueSize);
	update(map("about"), indexKey(0), about);
	for (const gone of ["pairs", "others", "pair_rows", "pair_room"]) unpin(join(name.directory, gone));
	for (const kept of ["pairs", "others"]) pin(former.map(kept).fd, join(name.directory, kept));
	set.close();
	former.close();
	renameSync(name.directory, join(dirname(name.directory), `${FORMER_HASH}_${name.number}`));
}

function structsBefore(now: Structs, former: Structs): Structs {
	const structs = new Map([...now, ...former]);
	for (const name of ["counted_pair", "pair_room"]) structs.delete(name);
	return structs;
}

function formerValue(traffic: Buffer, leaving: number): Buffer {
	const value = Buffer.alloc(VALUE_BYTES);
	traffic.copy(value, 0, 0, TRAFFIC_BYTES);
	value.writeUInt32LE(leaving, LEAVING);
	return value;
}

import { readFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withOnly } from "../../src/bpf/capabilities.ts";
import { indexKey, type MapDescription, update } from "../../src/bpf/map.ts";
import { mapArray } from "../../src/bpf/mapped-array.ts";
import type { BpfObject } from "../../src/bpf/object.ts";
import { openPinnedMaps, pinMaps } from "../../src/bpf/pinned-maps.ts";
import { loadSource } from "../compile-bpf.ts";
import { describeInKernel } from "./as-root.ts";
import { withBpffs } from "./bpffs.ts";

const LAST = 999;
const ROW_WORDS = 4;

function load(): Promise<BpfObject> {
	return loadSource(new URL("mapped-array.bpf.c", import.meta.url));
}

function write(map: MapDescription, row: number, ...words: readonly number[]): void {
	update(map, indexKey(row), Buffer.from(Uint32Array.from(words).buffer));
}

describeInKernel("an array in memory", () => {
	const root = withBpffs();
	let object: BpfObject;

	beforeAll(async () => {
		object = await load();
	});
	afterAll(() => object.close());

	test("has all rows, and shows each as it is now", () => {
		const rows = mapArray(object.map("rows"));
		expect(rows).toHaveLength(1000 * ROW_WORDS);
		write(object.map("rows"), LAST, 1, 2, 3, 4);
		expect([...rows.subarray(LAST * ROW_WORDS)]).toEqual([1, 2, 3, 4]);
		write(object.map("rows"), LAST, 5, 6, 7, 8);
		expect([...rows.subarray(LAST * ROW_WORDS)]).toEqual([5, 6, 7, 8]);
	});

	test("is that of a pinned map, too", () => {
		const rows = mapArray(object.map("rows"));
		const directory = root();
		pinMaps(directory, [object.map("rows")]);
		const pinned = openPinnedMaps(directory, ["rows"]);
		write(pinned.maps.get("rows") as MapDescription, 7, 9, 9, 9, 9);
		expect([...mapArray(pinned.maps.get("rows") as MapDescription).subarray(28, 32)]).toEqual([9, 9, 9, 9]);
		pinned.close();
		expect([...rows.subarray(28, 32)]).toEqual([9, 9, 9, 9]);
	});

	test("takes no capability", () => {
		write(object.map("rows"), 1, 11, 12, 13, 14);
		const rows = withOnly(0n, () => mapArray(object.map("rows")));
		expect([...rows.subarray(4, 8)]).toEqual([11, 12, 13, 14]);
	});

	test.each([
		["values of another width", "narrow", "its values have 4 bytes, expected a multiple of 8"],
		["no such flag", "unmapped", "EINVAL"],
	])("is refused to an array with %s", (_, name, why) => {
		expect(() => mapArray(object.map(name))).toThrow(`Cannot map map ${name}: ${why}`);
	});
});

/** Of this process, by whatever is in memory. */
function mappings(): number {
	return readFileSync("/proc/self/maps", "utf8").split("bpf-map").length - 1;
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** The callbacks of a collection come in a later turn. */
async function mappingsOnceThereAre(wanted: number): Promise<number> {
	for (let turn = 0; turn < 1000 && mappings() !== wanted; turn++) {
		collectGarbage();
		await setImmediate();
	}
	return mappings();
}

/** In a function of its own, so that nothing of the caller holds the whole of it. */
function lastRowOf(map: MapDescription): Uint32Array {
	return mapArray(map).subarray(LAST * ROW_WORDS);
}

describeInKernel("memory that shows an array", () => {
	test("stays when the map is closed, as long as a part of it is held, and then goes", async () => {
		const before = await mappingsOnceThereAre(0);
		const object = await load();
		write(object.map("rows"), LAST, 21, 22, 23, 24);
		const held: Uint32Array[] = [lastRowOf(object.map("rows"))];
		object.close();
		for (let turn = 0; turn < 20; turn++) {
			collectGarbage();
			await setImmediate();
		}
		expect(mappings()).toBe(before + 1);
		expect([...(held[0] ?? [])]).toEqual([21, 22, 23, 24]);
		held.pop();
		expect(await mappingsOnceThereAre(before)).toBe(before);
	});
});

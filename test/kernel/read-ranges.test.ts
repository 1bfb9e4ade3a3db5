import { afterAll, beforeAll, expect, test } from "vitest";
import { type MapDescription, updateBatch } from "../../src/bpf/map.ts";
import type { BpfObject } from "../../src/bpf/object.ts";
import { readWanted } from "../../src/bpf/read-ranges.ts";
import { loadSource } from "../compile-bpf.ts";
import { describeInKernel } from "./as-root.ts";

type Wanted = (row: number) => boolean;

const ALL = () => true;

describeInKernel("wanted rows of an array", () => {
	let object: BpfObject;
	let array: MapDescription;
	let small: MapDescription;

	beforeAll(async () => {
		object = await loadSource(new URL("map-batches.bpf.c", import.meta.url));
		[array, small] = [object.map("array"), object.map("small_array")];
		for (const map of [array, small]) number(map);
	});
	afterAll(() => object.close());

	test.each<[string, Wanted]>([
		["all", ALL],
		["the first", (row) => row < 10],
		["the last", (row) => row >= 9_990],
		["one far from another", (row) => row % 1_000 === 7],
		["many, and few, and none", (row) => row < 5_000 || (row > 6_000 && row < 6_100) || row > 9_000],
	])("%s: each once, in order, with its own value", async (_, isWanted) => {
		const read = await readRows(array, isWanted);
		expect(read.map(([row]) => row).filter(isWanted)).toEqual(numbered(array.maxEntries).filter(isWanted));
		expect(read.filter(([row, value]) => row !== value)).toEqual([]);
		expect(read.map(([row]) => row)).toEqual([...new Set(read.map(([row]) => row))].sort((a, b) => a - b));
	});

	test("of a small array as well", async () => {
		const isWanted: Wanted = (row) => row < 3 || row === 99;
		const read = await readRows(small, isWanted);
		expect(read.filter(([row]) => isWanted(row))).toEqual([0, 1, 2, 99].map((row) => [row, row]));
	});

	test("none: no row is read", async () => {
		expect(await readRows(array, () => false)).toEqual([]);
	});

	test("few of many: not the others", async () => {
		expect((await readRows(array, (row) => row % 1_000 === 7)).length).toBeLessThan(1_000);
	});

	test("all batches of a poll, and of the next, lie in the same two places", async () => {
		const places = new Set<ArrayBufferLike>();
		for (let poll = 0; poll < 3; poll++) {
			await readWanted(array, ALL, ({ values }) => places.add(values.buffer));
		}
		expect(places.size).toBe(2);
	});

	test("a visit that fails ends the reading, and the next one begins anew", async () => {
		const failing = readWanted(array, ALL, () => {
			throw new Error("no more");
		});
		await expect(failing).rejects.toThrow("no more");
		expect((await readRows(array, ALL)).length).toBe(array.maxEntries);
	});

	test("a map is read by one reader at a time", async () => {
		const reading = readRows(array, ALL);
		await expect(readRows(array, ALL)).rejects.toThrow(
			"Cannot read map array: it is being read, expected one reader",
		);
		expect((await reading).length).toBe(array.maxEntries);
	});
});

/** Number and value of each row that is read. */
async function readRows(map: MapDescription, isWanted: Wanted): Promise<[number, number][]> {
	const read: [number, number][] = [];
	const anyWanted = (from: number, to: number) => numbered(to - from).some((i) => isWanted(from + i));
	await readWanted(map, anyWanted, ({ count, values, valueStride }, first) => {
		for (let row = 0; row < count; row++) read.push([first + row, values.readUInt32LE(row * valueStride)]);
	});
	return read;
}

/** Each value is the number of its row. */
function number(map: MapDescription): void {
	const rows = numbered(map.maxEntries);
	const values = BigUint64Array.from(rows.map(BigInt));
	updateBatch(map, Buffer.from(Uint32Array.from(rows).buffer), Buffer.from(values.buffer), rows.length);
}

function numbered(count: number): number[] {
	return Array.from({ length: count }, (_, row) => row);
}

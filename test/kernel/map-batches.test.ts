import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import {
	lookup,
	type MapDescription,
	readAll,
	readBatches,
	readFirst,
	removeBatch,
	updateBatch,
} from "../../src/bpf/map.ts";
import { possibleCpus } from "../../src/bpf/map-shape.ts";
import type { BpfObject } from "../../src/bpf/object.ts";
import { runSyscall } from "../../src/bpf/test-run.ts";
import { loadSource } from "../compile-bpf.ts";
import { describeInKernel } from "./as-root.ts";
import { collidingKeys } from "./colliding-keys.ts";

const MANY = 50_000;

describeInKernel("maps by batch", () => {
	let object: BpfObject;
	let rows: MapDescription;

	beforeAll(async () => {
		object = await loadSource(new URL("map-batches.bpf.c", import.meta.url));
		rows = object.map("rows");
	});
	afterAll(() => object.close());
	beforeEach(async () => {
		const { keys, count } = await readAll(rows);
		removeBatch(rows, keys, count);
	});

	test("an empty map has no batch", async () => {
		expect(await batchesOf(rows)).toEqual([]);
		expect((await readAll(rows)).count).toBe(0);
	});

	test("a large map is read in several batches, every row once", async () => {
		write(rows, numbered(MANY));
		const batches = await batchesOf(rows);
		expect(batches.length).toBeGreaterThan(MANY / 4096);
		expect(inOrder(batches.flat())).toEqual(numbered(MANY));
	});

	test("a small map is read in one batch", async () => {
		const few = object.map("few");
		write(few, numbered(3));
		expect((await batchesOf(few)).map(inOrder)).toEqual([numbered(3)]);
	});

	test("all batches of a poll, and of the next, lie in the same two places", async () => {
		write(rows, numbered(MANY));
		const places = new Set<ArrayBufferLike>();
		for (let poll = 0; poll < 3; poll++) await readBatches(rows, ({ keys }) => places.add(keys.buffer));
		expect(places.size).toBe(2);
	});

	test("rows that stay are read once each, whole, while others come and go", async () => {
		write(rows, numbered(MANY));
		let isChanging = true;
		const churn = runSyscall(object.program("churn"), churnContext(2_000_000, MANY));
		const changing = churn.finally(() => {
			isChanging = false;
		});
		let polls = 0;
		do {
			const seen: number[] = [];
			await readBatches(rows, ({ count, keys, values, valueStride }) => {
				for (let row = 0; row < count; row++) {
					const at = row * valueStride;
					expect(values.readBigUInt64LE(at)).toBe(values.readBigUInt64LE(at + 8));
					if (keys.readUInt32LE(row * 4) < MANY) seen.push(keys.readUInt32LE(row * 4));
				}
			});
			expect(inOrder(seen)).toEqual(numbered(MANY));
			polls++;
		} while (isChanging || polls < 2);
		await changing;
	});

	test("a bucket with more rows than a batch makes the batch larger", async () => {
		const unlucky = object.map("unlucky");
		const keys = collidingKeys(5_000, unlucky.maxEntries);
		write(unlucky, keys);
		const batches = await batchesOf(unlucky);
		expect(Math.max(...batches.map((batch) => batch.length))).toBeGreaterThanOrEqual(5_000);
		expect(inOrder(batches.flat())).toEqual(inOrder(keys));
	});

	test("a row has the values of all CPUs, each in a place of its own", async () => {
		const perCpu = object.map("per_cpu");
		const cpus = possibleCpus();
		const keys = numbered(5_000);
		const values = Buffer.alloc(keys.length * cpus * 8);
		for (const key of keys) {
			for (let cpu = 0; cpu < cpus; cpu++) values.writeUInt32LE(key * 10 + cpu, (key * cpus + cpu) * 8);
		}
		updateBatch(perCpu, keysOf(keys), values, keys.length);
		let read = 0;
		await readBatches(perCpu, (batch) => {
			for (let row = 0; row < batch.count; row++) {
				const at = row * batch.valueStride;
				const key = batch.keys.readUInt32LE(row * 4);
				for (let cpu = 0; cpu < batch.cpus; cpu++) {
					expect(batch.values.readUInt32LE(at + cpu * batch.cpuStride)).toBe(key * 10 + cpu);
				}
			}
			read += batch.count;
		});
		expect(read).toBe(keys.length);
	});

	test("of an array the first rows can be read alone", () => {
		const array = object.map("array");
		updateBatch(array, keysOf(numbered(5)), bigValues(array, [10, 11, 12, 13, 14]), 5);
		const first = readFirst(array, 3);
		expect(first.count).toBe(3);
		expect([0, 8, 16].map((at) => first.values.readUInt32LE(at))).toEqual([10, 11, 12]);
		expect(readFirst(array, 0).count).toBe(0);
		expect(readFirst(array, 20_000).count).toBe(array.maxEntries);
	});

	test("a map is read by one reader at a time", async () => {
		write(rows, numbered(MANY));
		const reading = readBatches(rows, () => {});
		await expect(readBatches(rows, () => {})).rejects.toThrow(
			"Cannot read map rows: it is being read, expected one reader",
		);
		expect(await reading).toBe(MANY);
	});

	test("a visit that fails ends the reading, and the next one begins anew", async () => {
		write(rows, numbered(MANY));
		await expect(
			readBatches(rows, () => {
				throw new Error("no more");
			}),
		).rejects.toThrow("no more");
		expect(await readBatches(rows, () => {})).toBe(MANY);
	});

	test("rows are deleted by the list, also when some are gone already", async () => {
		write(rows, numbered(10));
		removeBatch(rows, keysOf([1, 3, 77, 5, 78, 79]), 6);
		expect(inOrder((await batchesOf(rows)).flat())).toEqual([0, 2, 4, 6, 7, 8, 9]);
	});

	test("a batch that does not fit says how many do, and what fits is there", () => {
		const few = object.map("few");
		expect(() => write(few, [0, 1, 2, 3])).toThrow(
			"Cannot write 4 rows to map few: E2BIG, expected no more than 3 in it",
		);
		expect(lookup(few, keysOf([2]))).toEqual(bigValues(few, [2]));
	});

	test("a Buffer that is too small never reaches the kernel", () => {
		expect(() => updateBatch(rows, Buffer.alloc(8), Buffer.alloc(48), 3)).toThrow(
			"Cannot take keys of map rows: 8 bytes, expected 12 or more",
		);
	});
});

async function batchesOf(map: MapDescription): Promise<number[][]> {
	const batches: number[][] = [];
	const count = await readBatches(map, ({ count, keys, keySize }) => {
		batches.push(Array.from({ length: count }, (_, row) => keys.readUInt32LE(row * keySize)));
	});
	expect(count).toBe(batches.flat().length);
	return batches;
}

function write(map: MapDescription, keys: readonly number[]): void {
	updateBatch(map, keysOf(keys), bigValues(map, keys), keys.length);
}

function numbered(count: number): number[] {
	return Array.from({ length: count }, (_, key) => key);
}

function inOrder(keys: readonly number[]): number[] {
	return [...keys].sort((a, b) => a - b);
}

function keysOf(keys: readonly number[]): Buffer {
	return Buffer.from(Uint32Array.from(keys).buffer);
}

/** Each u64 of a value is the same number. */
function bigValues({ valueSize }: MapDescription, numbers: readonly number[]): Buffer {
	const words = numbers.flatMap((number) => Array<bigint>(valueSize / 8).fill(BigInt(number)));
	return Buffer.from(BigUint64Array.from(words).buffer);
}

function churnContext(times: number, stable: number): Buffer {
	return Buffer.from(Uint32Array.of(times, stable).buffer);
}

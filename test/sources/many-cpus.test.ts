/**
 * A machine with 64 possible CPUs, which this one need not be: the kernel's per-CPU values are laid out here as bpf_map_lookup_batch()
 * does it (round_up(value_size, 8) for each possible CPU, one behind the other), by the sizes of the real maps.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type MapRows, sumOverCpus } from "../../src/bpf/map.ts";
import { valueShape } from "../../src/bpf/map-shape.ts";
import { readMaps } from "../../src/bpf/object.ts";
import { writeU64 } from "../../src/bpf/struct.ts";
import { defaultConfig } from "../../src/config/schema.ts";
import { mapBytes } from "../../src/doctor/map-bytes.ts";
import { sizesOf } from "../../src/sources/open-data-path.ts";
import { trafficOverCpus } from "../../src/sources/read-services.ts";
import { layouts } from "./rows.ts";

const CPUS = 64;
const PER_CPU_ARRAY = 6;
const LRU_HASH = 9;
const SIZES = sizesOf(defaultConfig, CPUS);
const MAPS = readMaps(SIZES);
/** Of one CPU. Sums of 64 stay below 2^53, where numbers are exact. */
const COUNT = fc.bigInt(0n, 2n ** 46n);
const SERVICES = fc.array(fc.array(fc.tuple(COUNT, COUNT, COUNT), { minLength: CPUS, maxLength: CPUS }), {
	minLength: 1,
	maxLength: 20,
});

function mapOf(name: string) {
	const found = MAPS.find((map) => map.name === name);
	if (!found) throw new RangeError(`there is no map ${name}`);
	return found;
}

/** `valueOf` writes what one CPU has in one row; what it leaves out is filled with bytes that nobody may read. */
function kernelRows(
	map: { readonly type: number; readonly keySize: number; readonly valueSize: number },
	count: number,
	writeValue: (value: Buffer, row: number, cpu: number) => void,
): MapRows {
	const stride = map.valueSize + ((8 - (map.valueSize % 8)) % 8);
	const values = Buffer.alloc(count * CPUS * stride, 0xa5);
	for (let i = 0; i < count * CPUS; i++) {
		const value = values.subarray(i * stride, i * stride + map.valueSize);
		writeValue(value.fill(0), Math.floor(i / CPUS), i % CPUS);
	}
	return {
		count,
		keys: Buffer.alloc(count * map.keySize),
		values,
		keySize: map.keySize,
		...valueShape(map, CPUS),
	};
}

test("the totals of services are the sums of what each CPU has counted", () => {
	const { totals, traffic } = layouts;
	const property = fc.property(SERVICES, (services) => {
		const rows = kernelRows(mapOf("totals"), services.length, (value, row, cpu) => {
			const [packets, bytes, requests] = services[row]?.[cpu] ?? [0n, 0n, 0n];
			writeU64(value, Number(packets), totals.traffic + traffic.packets);
			writeU64(value, Number(bytes), totals.traffic + traffic.bytes);
			writeU64(value, Number(requests), totals.requests);
		});
		for (const [row, cpus] of services.entries()) {
			const sum = (field: 0 | 1 | 2) => Number(cpus.reduce((all, counts) => all + counts[field], 0n));
			expect({
				...trafficOverCpus(rows, row, totals.traffic, traffic),
				requests: sumOverCpus(rows, row, totals.requests),
			}).toEqual({ packets: sum(0), bytes: sum(1), requests: sum(2) });
		}
	});
	fc.assert(property, { numRuns: 50 });
});

test("a value that ends between two words is filled up to the next for each CPU", () => {
	const map = { type: PER_CPU_ARRAY, keySize: 4, valueSize: 12 };
	const rows = kernelRows(map, 3, (value, row, cpu) => writeU64(value, row * 1000 + cpu, 0));
	const sumOfCpus = (CPUS * (CPUS - 1)) / 2;
	expect([0, 1, 2].map((row) => sumOverCpus(rows, row, 0))).toEqual(
		[0, 1, 2].map((row) => row * 1000 * CPUS + sumOfCpus),
	);
	expect(rows.values).toHaveLength(3 * CPUS * 16);
});

test("the buffers for a poll of all per-CPU maps stay small", () => {
	// The others are of the data path alone.
	const read = MAPS.filter(({ type, name }) => type === PER_CPU_ARRAY && !name.startsWith("join_"));
	const bytes = read.map((map) => map.maxEntries * valueShape(map, CPUS).valueStride);
	expect(read.map(({ name }) => name)).toEqual(expect.arrayContaining(["totals", "overflow", "ignored"]));
	expect(bytes.reduce((all, each) => all + each)).toBeLessThan(32 * 2 ** 20);
});

test.each([1, 2, 8, 64, 512])("LRU maps have room for the free lists of %i CPUs, ten times over", (cpus) => {
	// LOCAL_FREE_TARGET of kernel/bpf/bpf_lru_list.c.
	const freeList = 128;
	const sizes = sizesOf(defaultConfig, cpus);
	const lru = readMaps(sizes).filter(({ type }) => type === LRU_HASH);
	expect(lru.map(({ name }) => name).sort()).toEqual(["fragments", "unplaced"]);
	for (const { maxEntries } of lru) expect(maxEntries).toBeGreaterThanOrEqual(10 * freeList * cpus);
});

test("the maps of the default limits grow by less than a megabyte for each CPU", () => {
	const bytesWith = (cpus: number) =>
		readMaps(sizesOf(defaultConfig, cpus)).reduce((all, map) => all + mapBytes(map, cpus), 0);
	console.log(
		bytesWith(2),
		bytesWith(8),
		bytesWith(64),
		MAPS.filter((m) => m.type === 6).map((m) => [
			m.name,
			m.maxEntries,
			m.valueSize,
			m.maxEntries * valueShape(m, 64).valueStride,
		]),
	);
	expect((bytesWith(64) - bytesWith(8)) / (64 - 8)).toBeLessThan(2 ** 20);
});

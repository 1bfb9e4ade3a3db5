/** What counters have grown by from one reading to the next, summed over the CPUs. */
import { describe, expect, it } from "vitest";
import { createCounterShadow } from "../../../src/sources/loxilb/counter-shadow.ts";

const LAYOUT = { size: 16, bytes: 0, packets: 8 };
const CPU_STRIDE = 16;

/** By row and CPU: packets and bytes. */
function rowsOf(values: readonly (readonly (readonly [packets: bigint, bytes: bigint])[])[]) {
	const cpus = values[0]?.length ?? 0;
	const words = values.flatMap((row) => row.flatMap(([packets, bytes]) => [bytes, packets]));
	const shape = { valueStride: cpus * CPU_STRIDE, cpuStride: CPU_STRIDE, cpus };
	const buffer = Buffer.from(BigUint64Array.from(words.map((word) => BigInt.asUintN(64, word))).buffer);
	return {
		count: values.length,
		keys: Buffer.alloc(4 * values.length),
		values: buffer,
		keySize: 4,
		...shape,
	};
}

function shadowOf(counters: number) {
	const shadow = createCounterShadow(counters, LAYOUT);
	return (values: Parameters<typeof rowsOf>[0], first = 0) => {
		shadow.take(rowsOf(values));
		return values.map((_, row) => {
			shadow.advance(first + row, row);
			return [shadow.grown.packets, shadow.grown.bytes];
		});
	};
}

describe("a counter", () => {
	it("has grown by what all CPUs have added", () => {
		const read = shadowOf(4);
		expect(
			read([
				[
					[1n, 100n],
					[2n, 50n],
					[0n, 0n],
				],
			]),
		).toEqual([[3, 150]]);
		expect(
			read([
				[
					[1n, 100n],
					[4n, 75n],
					[1n, 60n],
				],
			]),
		).toEqual([[3, 85]]);
	});

	it("keeps its count apart from that of the next one", () => {
		const read = shadowOf(4);
		read([[[1n, 100n]], [[7n, 700n]]], 2);
		expect(read([[[2n, 120n]], [[7n, 700n]]], 2)).toEqual([
			[1, 20],
			[0, 0],
		]);
	});

	it("that is smaller was cleared, and counts from 0", () => {
		const read = shadowOf(1);
		read([[[5n, 500n]]]);
		expect(read([[[2n, 510n]]])).toEqual([[2, 510]]);
	});

	it("is exact above 2^32, also where one CPU has taken off what another has added", () => {
		const read = shadowOf(1);
		const [added, takenOff] = [[2n ** 33n + 5n, 2n ** 52n] as const, [-3n, -(2n ** 40n)] as const];
		expect(read([[added, takenOff]])).toEqual([[2 ** 33 + 2, 2 ** 52 - 2 ** 40]]);
	});
});

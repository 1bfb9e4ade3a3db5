/** Rows of pairs: given, taken back, given again; none is lost, and none is given twice. */
import { describe, expect, test } from "vitest";
import { describeInKernel } from "./as-root.ts";
import { type PairCrowd, withPairCrowd } from "./pair-crowd.ts";

function numbers(count: number, first = 0): number[] {
	return Array.from({ length: count }, (_, i) => first + i);
}

/** Wherever they are: each row that was ever given, once. */
async function allRows(crowd: PairCrowd): Promise<number[]> {
	const { held, free, left } = await crowd.room();
	return [...held, ...free, ...left].sort((a, b) => a - b);
}

describeInKernel("a pair", () => {
	const crowd = withPairCrowd(4);

	test("has the first row that was never given, and keeps it", async () => {
		crowd().count(1, 2, 1);
		expect(await crowd().pairs()).toMatchObject([
			{ client: "10.0.0.1", packets: 2, bytes: 200 },
			{ client: "10.0.0.2", packets: 1, bytes: 100 },
		]);
		expect((await crowd().room()).held).toEqual([0, 1]);
	});

	test("makes the version of its row odd when it comes, and even when it goes", async () => {
		const [before = 0] = await crowd().versions();
		const versions: number[] = [];
		for (let round = 0; round < 3; round++) {
			crowd().count(round);
			versions.push(((await crowd().versions())[0] ?? 0) - before);
			await crowd().releaseAll();
			await crowd().read();
			versions.push(((await crowd().versions())[0] ?? 0) - before);
			await crowd().read();
		}
		expect(before % 2).toBe(0);
		expect(versions).toEqual([1, 2, 3, 4, 5, 6]);
	});

	test("that is about to go takes nothing more, and keeps its row until the next poll", async () => {
		crowd().count(1);
		await crowd().release([0]);
		crowd().count(1);
		expect(await crowd().pairs()).toMatchObject([{ packets: 1, leaving: "idle" }]);
		expect(await crowd().othersPackets()).toBe(1);
		expect((await crowd().room()).held).toEqual([0]);
	});

	test("is not asked to go by the number of a row that has none, or that there is not", async () => {
		crowd().count(1);
		await crowd().release([1, 3, 4, 4_294_967_295]);
		expect((await crowd().read()).evictedPairs).toContainEqual({ name: "idle", count: 0 });
		crowd().count(1);
		expect(await crowd().pairs()).toMatchObject([{ packets: 2, leaving: undefined }]);
	});
});

describeInKernel("a table", () => {
	describe.each([1, 2, 16])("with room for %d", (size) => {
		const crowd = withPairCrowd(size);

		test("gives each row once, and counts the rest as others", async () => {
			crowd().count(...numbers(size + 3));
			expect(await crowd().room()).toMatchObject({ held: numbers(size), free: [], left: [], used: size });
			expect(await crowd().keys()).toBe(size);
			expect(await crowd().othersPackets()).toBe(3);
			const { maps } = await crowd().read();
			expect(maps).toContainEqual({ map: "pairs", entries: size, capacity: size });
			expect(crowd().counted()).toEqual({ live: size + 3, retired: 0 });
		});

		test("gives the rows again by the walk after the poll that took their pairs, not before", async () => {
			crowd().count(...numbers(size));
			await crowd().read();
			await crowd().releaseAll();
			await crowd().read();
			expect(await crowd().room()).toMatchObject({ held: [], free: [], used: size });
			expect(await allRows(crowd())).toEqual(numbers(size));
			crowd().count(...numbers(size, 100));
			expect(await crowd().keys()).toBe(0);
			expect(await crowd().othersPackets()).toBe(size);
			await crowd().read();
			expect(await crowd().room()).toMatchObject({ held: [], left: [], used: size });
			crowd().count(...numbers(size, 200));
			expect(await crowd().room()).toMatchObject({ held: numbers(size), free: [], left: [], used: size });
			expect(await crowd().othersPackets()).toBe(size);
			await crowd().read();
			expect(crowd().counted()).toEqual({ live: 2 * size, retired: size });
		});

		test("loses no row and no count over many comings and goings", async () => {
			let packets = 0;
			for (let round = 0; round < 60; round++) {
				// Some twice, and in some rounds more than there is room for.
				const clients = numbers(size + 1).map((i) => (i * i * 7 + round * 5) % (2 * size + 1));
				crowd().count(...clients);
				packets += clients.length;
				const { held } = await crowd().room();
				await crowd().release(held.filter((row) => (row + round) % 3 !== 0));
				await crowd().read();
				const { used } = await crowd().room();
				expect(used).toBeLessThanOrEqual(size);
				expect(await allRows(crowd())).toEqual(numbers(used));
			}
			const { live, retired } = crowd().counted();
			expect(live + retired).toBe(packets);
		});
	});
});

const CLIENTS = 20_000;
/** Of 32 clients. */
const FEW_ROWS = 16;
const ROUNDS = 25;
const TIMES = 10_000;

describeInKernel("two CPUs that make the same pairs at the same time", () => {
	// Who comes second holds a row until it sees that.
	const crowd = withPairCrowd(CLIENTS + 2);

	async function expectEachOnce(): Promise<void> {
		const pairs = await crowd().pairs();
		expect(new Set(pairs.map(({ client }) => client)).size).toBe(CLIENTS);
		expect(pairs.filter(({ packets }) => packets !== 2)).toEqual([]);
		expect(await crowd().keys()).toBe(CLIENTS);
		const { used, held } = await crowd().room();
		expect(held).toHaveLength(CLIENTS);
		expect(await allRows(crowd())).toEqual(numbers(used));
	}

	test("make each once, count in it both, and lose no row", async () => {
		await crowd().onTwoCpus("count_new", CLIENTS);
		await expectEachOnce();
		await crowd().releaseAll();
		await crowd().read();
		await crowd().read();
		// Others, in rows that are given again.
		await crowd().onTwoCpus("count_new", CLIENTS);
		await expectEachOnce();
	});
});

describeInKernel("two CPUs that make pairs while others are taken away", () => {
	const crowd = withPairCrowd(FEW_ROWS);

	test("lose no row and no count", async () => {
		for (let round = 0; round < ROUNDS; round++) {
			const before = crowd().onTwoCpus("count_few", TIMES);
			await crowd().releaseAll();
			// A poll is long after the one before: by then no packet of that time is under way.
			await before;
			const after = crowd().onTwoCpus("count_few", TIMES);
			await crowd().read();
			await after;
			expect(await allRows(crowd())).toEqual(numbers((await crowd().room()).used));
		}
		await crowd().read();
		const { live, retired } = crowd().counted();
		expect(live + retired).toBe(ROUNDS * 4 * TIMES);
		expect((await crowd().room()).used).toBe(FEW_ROWS);
	});
});

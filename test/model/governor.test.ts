import { describe, expect, it } from "vitest";
import { createGovernor, type Leaving } from "../../src/model/governor.ts";
import { encodePairKey, pair, type TestTable, tableOf } from "./pair-batch.ts";
import { PlainKernel } from "./plain-kernel.ts";
import { createRandom } from "./random.ts";
import type { Pair } from "./rows-in-place.ts";

const IDLE_MS = 60_000;

function client(i: number): string {
	return `10.1.${i >> 8}.${i & 255}`;
}

async function poll(table: TestTable, pairs: readonly Pair[]): Promise<void> {
	table.rows.hold(pairs);
	table.begin(["web", "web"]);
	table.rows.tell(table);
	await table.end();
}

/** The pairs in these rows, by their clients' numbers. */
function clientsOf({ pairs }: TestTable, chosen: Uint32Array): number[] {
	return [...chosen]
		.map((row) => {
			const [, sip = ""] = pairs.labels(row);
			const [, , high, low] = sip.split(".").map(Number);
			return 256 * (high as number) + (low as number);
		})
		.sort((a, b) => a - b);
}

function chosen(table: TestTable, { idle, crowded, marked }: Leaving) {
	const of = (rows: Uint32Array) => clientsOf(table, rows);
	return { idle: of(idle), crowded: of(crowded), marked: of(marked) };
}

/** Pair i has sent weights[i]. */
function rowsOf(weights: readonly number[]) {
	return weights.map((bytes, i) => pair(0, bytes, { client: client(i) }));
}

describe("idle pairs", () => {
	it("leave when nothing was counted for as long as the limit says, no poll earlier", async () => {
		const governor = createGovernor({ capacity: 100, idleMs: IDLE_MS });
		const table = tableOf();
		const idle: number[][] = [];
		for (let i = 0; i <= 8; i++) {
			await poll(table, rowsOf([10, i < 2 ? 10 * i : 20, 10 * i]));
			idle.push(chosen(table, await governor.choose(table, { atMs: i * 10_000, crowded: false })).idle);
		}
		expect(idle).toEqual([[], [], [], [], [], [], [0], [0], [0, 1]]);
	});

	it("are none as long as the exporter has not run for so long", async () => {
		const governor = createGovernor({ capacity: 100, idleMs: IDLE_MS });
		const table = tableOf();
		await poll(table, rowsOf([10]));
		const leaving = await governor.choose(table, { atMs: 10 * IDLE_MS, crowded: false });
		expect(chosen(table, leaving).idle).toEqual([]);
	});

	it("may be all of them", async () => {
		const governor = createGovernor({ capacity: 3, idleMs: IDLE_MS });
		const table = tableOf();
		for (const atMs of [0, IDLE_MS]) {
			await poll(table, rowsOf([30, 10, 20]));
			const leaving = await governor.choose(table, { atMs, crowded: true });
			expect(chosen(table, leaving)).toEqual({
				idle: atMs ? [0, 1, 2] : [],
				crowded: atMs ? [] : [1],
				marked: [],
			});
		}
	});
});

describe("when newcomers found no room", () => {
	async function choose(capacity: number, weights: readonly number[], marked: readonly number[] = []) {
		const table = tableOf();
		await poll(
			table,
			rowsOf(weights).map((row, i) => ({ ...row, leaving: marked.includes(i) })),
		);
		const governor = createGovernor({ capacity, idleMs: IDLE_MS });
		return chosen(table, await governor.choose(table, { atMs: 0, crowded: true }));
	}

	const RISING = Array.from({ length: 48 }, (_, i) => 10 * (i + 1));

	it.each([
		["a full table", 48, [0, 1, 2]],
		["one with a free row", 49, [0, 1]],
		["one with room for a sixteenth", 51, []],
		["one that was left by most meanwhile", 1_000_000, []],
	])("the smallest sixteenth leaves %s, less what is free", async (_, capacity, crowded) => {
		expect(await choose(capacity, RISING)).toEqual({ idle: [], crowded, marked: [] });
	});

	it("those that are to leave already are told again, and make room as well", async () => {
		expect(await choose(48, RISING, [0, 40])).toEqual({ idle: [], crowded: [1], marked: [0, 40] });
	});

	it("one leaves even the smallest table", async () => {
		expect((await choose(2, [70, 50])).crowded).toEqual([1]);
	});

	it("exactly as many leave when all are equal", async () => {
		expect((await choose(48, Array(48).fill(70))).crowded).toEqual([0, 1, 2]);
	});

	it("what is not of the kernel's pairs never leaves, and rows of one series by what is theirs", async () => {
		const table = tableOf();
		table.rows.hold([pair(1, 40), pair(0, 500), pair(0, 90, { client: client(7) })]);
		table.begin(["web", "web"]);
		table.rows.tell(table);
		table.countOther(0, "10.2.0.1", 1, 10);
		await table.end();
		const leaving = await createGovernor({ capacity: 3, idleMs: IDLE_MS }).choose(table, {
			atMs: 0,
			crowded: true,
		});
		expect([...leaving.crowded].map((row) => table.rows.nameAt(row))).toEqual([
			encodePairKey(pair(1, 40)).toString("hex"),
		]);
	});
});

describe("the weight of a pair", () => {
	/** After a poll in which pair 0 left with 100 bytes for want of room. */
	async function afterOneLeft() {
		const table = tableOf();
		const governor = createGovernor({ capacity: 3, idleMs: IDLE_MS });
		await poll(table, rowsOf([100, 120, 500]));
		expect(chosen(table, await governor.choose(table, { atMs: 0, crowded: true })).crowded).toEqual([0]);
		return {
			next: async (rows: Parameters<typeof poll>[1]) => {
				await poll(table, rows);
				return chosen(table, await governor.choose(table, { atMs: 0, crowded: true })).crowded;
			},
		};
	}

	it("begins with the greatest that ever left: a newcomer goes after who has sent less than that and it", async () => {
		const { next } = await afterOneLeft();
		const stayed = rowsOf([100, 120, 500]).slice(1);
		const newcomer = pair(0, 30, { client: client(9) });
		expect(await next([...stayed, newcomer])).toEqual([1]);
	});

	it("is that of a newcomer when the pair has left and come back between two polls", async () => {
		const { next } = await afterOneLeft();
		expect(await next(rowsOf([30, 120, 500]))).toEqual([1]);
	});
});

describe("rows that are one series", () => {
	it("are idle when nothing is counted for them, though the row shows the sum", async () => {
		const table = tableOf();
		const governor = createGovernor({ capacity: 100, idleMs: IDLE_MS });
		for (const [atMs, idle] of [
			[0, []],
			[IDLE_MS, [0, 0]],
		] as const) {
			await poll(table, [pair(0, 40, { client: client(0) }), pair(1, 70, { client: client(0) })]);
			expect(chosen(table, await governor.choose(table, { atMs, crowded: false })).idle).toEqual(idle);
		}
	});
});

describe("traffic by Zipf's law of eight times as many clients as there is room for", () => {
	const CAPACITY = 64;
	const random = createRandom(7);
	const ranks = Array.from({ length: 8 * CAPACITY }, (_, i) => 1 / (i + 1));
	const whole = ranks.reduce((sum, part) => sum + part, 0);

	function anyClient(): number {
		let left = random() * whole;
		let number = 0;
		for (; left > (ranks[number] as number) && number < ranks.length - 1; number++)
			left -= ranks[number] as number;
		return number;
	}

	it("takes away no pair whose row has more than N / (m - m/16), and keeps those of the largest clients", async () => {
		const kernel = new PlainKernel(1, CAPACITY);
		const table = tableOf({ room: CAPACITY });
		const governor = createGovernor({ capacity: CAPACITY, idleMs: IDLE_MS });
		/** All that rows of pairs have counted: those that are there, and those that left. */
		const counted = () =>
			[...kernel.pairs.values(), ...[...kernel.ledger.values()].filter(({ level }) => level === 1)].reduce(
				(sum, { bytes }) => sum + bytes,
				0,
			);
		for (let i = 0; i < 200; i++) {
			let crowded = false;
			for (let k = 0; k < 300; k++) {
				const key = pair(0, 0, { client: client(anyClient()) });
				if (!kernel.send(key, "10.2.0.1", 1, 1 + Math.floor(1000 * random()))) crowded = true;
			}
			await kernel.poll(table, ["web"], 16);
			const leaving = await governor.choose(table, { atMs: i * 10, crowded });
			const limit = counted() / (CAPACITY - CAPACITY / 16);
			for (const number of clientsOf(table, leaving.crowded)) {
				const name = encodePairKey(pair(0, 0, { client: client(number) })).toString("hex");
				expect(kernel.pairs.get(name)?.bytes).toBeLessThanOrEqual(limit);
			}
			kernel.mark(table, leaving.crowded);
		}
		const left = new Set([...kernel.pairs.values()].map((row) => row.client));
		for (let rank = 0; rank < 8; rank++) expect(left).toContain(client(rank));
	});
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KEPT_CLIENT, KEPT_ENDPOINT, RETIRED_PAIR } from "../../src/model/pair-format.ts";
import { encodeLedgerKey, ledgerBatch, pair, type TestTable, tableOf } from "./pair-batch.ts";
import { Replay } from "./replay.ts";
import type { Pair } from "./rows-in-place.ts";

const ipv4 = (n: number) => `10.1.${n >> 8}.${n & 255}`;

const LABELS = ["web", "dns", "dns"];

async function poll(table: TestTable, pairs: readonly Pair[], more: () => void = () => {}): Promise<void> {
	table.rows.hold(pairs);
	table.begin(LABELS);
	table.rows.tell(table);
	more();
	await table.end();
}

function withReplay(table = tableOf()) {
	return { table, pairs: new Replay(table.pairs), clients: new Replay(table.clients) };
}

describe("a pair", () => {
	it("is a series with the labels of its slot, its client and its endpoint", async () => {
		const { table, pairs } = withReplay();
		await poll(table, [pair(0, 100), pair(1, 70, { client: "2001:db8::1", endpoint: "2001:db8::2" })]);
		expect(pairs.series()).toEqual({
			"web 10.1.0.1 10.2.0.1": [100, 10],
			"dns 2001:db8::1 2001:db8::2": [70, 7],
		});
	});

	it("is exact up to 2^53", async () => {
		const { table, pairs } = withReplay();
		await poll(table, [{ ...pair(0, 0), bytes: 2 ** 53 - 1, packets: 2 ** 40 + 1 }]);
		expect(pairs.series()).toEqual({ "web 10.1.0.1 10.2.0.1": [2 ** 53 - 1, 2 ** 40 + 1] });
	});

	it.each([
		["10.1.2.0", 120, "10.1.2.0/24"],
		["0.0.0.0", 96, "0.0.0.0/0"],
		["2001:db8::", 56, "2001:db8::/56"],
		["::", 0, "::/0"],
	])("of the clients in %s, %i bits, has sip %s", async (client, prefix, sip) => {
		const { table, pairs } = withReplay();
		await poll(table, [pair(0, 10, { client, prefix })]);
		expect(pairs.series()).toHaveProperty([`web ${sip} 10.2.0.1`]);
	});

	it("that no poll tells any more is gone, and its client with it", async () => {
		const { table, pairs, clients } = withReplay();
		await poll(table, [pair(0, 10), pair(0, 20, { client: "10.1.0.2" })]);
		pairs.series();
		await poll(table, [pair(0, 30, { client: "10.1.0.2" })]);
		expect(pairs.series()).toEqual({ "web 10.1.0.2 10.2.0.1": [30, 3] });
		expect(clients.series()).toEqual({ "web 10.1.0.2": [3] });
	});

	it("leaves its row to another one: that is gone first, then come", async () => {
		const { table, pairs } = withReplay();
		await poll(table, [pair(0, 10)]);
		pairs.series();
		await poll(table, []);
		await poll(table, [pair(0, 50, { client: "10.1.0.9" })]);
		expect(pairs.series()).toEqual({ "web 10.1.0.9 10.2.0.1": [50, 5] });
	});

	it("that takes the row of another between two polls is not that one", async () => {
		const { table, pairs, clients } = withReplay();
		await poll(table, [pair(0, 10), pair(0, 70, { client: "10.1.0.2" })]);
		pairs.series();
		await poll(table, [pair(0, 50, { client: "10.1.0.9" }), pair(0, 70, { client: "10.1.0.2" })]);
		expect(table.pairs.length).toBe(2);
		expect(pairs.series()).toEqual({ "web 10.1.0.9 10.2.0.1": [50, 5], "web 10.1.0.2 10.2.0.1": [70, 7] });
		expect(clients.series()).toEqual({ "web 10.1.0.9": [5], "web 10.1.0.2": [7] });
		expect(table.sums().slots[0]?.live).toEqual({ bytes: 120, packets: 12 });
	});

	it("is what its row says, whoever comes and goes", async () => {
		const anyRow = fc.record({ client: fc.nat({ max: 2_000 }), steps: fc.nat({ max: 9 }) });
		const anyPoll = fc.uniqueArray(anyRow, {
			maxLength: 1_500,
			size: "max",
			selector: ({ client }) => client,
		});
		await fc.assert(
			fc.asyncProperty(fc.array(anyPoll, { minLength: 1, maxLength: 4 }), async (polls) => {
				const { table, pairs, clients } = withReplay(tableOf({ room: 2_001 }));
				for (const told of polls) {
					table.rows.hold(told.map(({ client, steps }) => pair(0, 10 * steps, { client: ipv4(client) })));
					table.begin(LABELS);
					table.rows.tell(table, { together: 1_100 });
					await table.end();
					const seriesOf = (text: (client: string) => string, counts: (steps: number) => number[]) =>
						Object.fromEntries(told.map(({ client, steps }) => [text(ipv4(client)), counts(steps)]));
					expect(pairs.series()).toEqual(
						seriesOf(
							(client) => `web ${client} 10.2.0.1`,
							(steps) => [10 * steps, steps],
						),
					);
					expect(clients.series()).toEqual(
						seriesOf(
							(client) => `web ${client}`,
							(steps) => [steps],
						),
					);
					const steps = told.reduce((sum, each) => sum + each.steps, 0);
					expect(table.sums().slots[0]?.live).toEqual({ bytes: 10 * steps, packets: steps });
					expect(table.ruled.count).toBe(told.length);
				}
			}),
			{ numRuns: 40 },
		);
	});

	it("of a slot that nobody named fails the poll, and the next one is whole", async () => {
		const { table, pairs } = withReplay();
		await expect(poll(table, [pair(0, 10), pair(3, 10)])).rejects.toThrow(
			"Cannot name the service of slot 3: it is not known, expected below 3",
		);
		await poll(table, [pair(0, 10)]);
		expect(pairs.series()).toEqual({ "web 10.1.0.1 10.2.0.1": [10, 1] });
	});
});

describe("two rows of the kernel that are one series", () => {
	const tcp = pair(1, 100);
	const udp = pair(2, 30);
	const byMac = pair(1, 70, { kind: 2 });

	it.each([
		["slots with one label", [tcp, udp], 130],
		["an endpoint known by two names", [tcp, byMac], 170],
		["both", [udp, byMac, tcp], 200],
	])("are one row with the sum: %s", async (_, rows, bytes) => {
		const { table, pairs } = withReplay();
		await poll(table, rows);
		expect(pairs.series()).toEqual({ "dns 10.1.0.1 10.2.0.1": [bytes, bytes / 10] });
		await poll(table, rows);
		expect(pairs.series()).toEqual({ "dns 10.1.0.1 10.2.0.1": [bytes, bytes / 10] });
	});

	it.each([
		["first", [udp]],
		["second", [tcp]],
	])("stay a series when the %s goes", async (_, rest) => {
		const { table, pairs } = withReplay();
		await poll(table, [tcp, udp]);
		pairs.series();
		await poll(table, rest);
		const bytes = rest[0]?.bytes ?? 0;
		expect(pairs.series()).toEqual({ "dns 10.1.0.1 10.2.0.1": [bytes, bytes / 10] });
	});

	it("are counted once by slot, client and endpoint", async () => {
		const { table, clients } = withReplay();
		await poll(table, [tcp, udp]);
		expect(clients.series()).toEqual({ "dns 10.1.0.1": [13] });
		expect(table.sums().slots.map(({ live }) => live.bytes)).toEqual([0, 100, 30]);
		expect(table.sums().endpoints.get("dns")?.get("10.2.0.1")).toEqual({ bytes: 130, packets: 13 });
	});
});

describe("traffic without a client", () => {
	it("is a series of sip=other for each endpoint, of all its slots", async () => {
		const { table, pairs, clients } = withReplay();
		await poll(table, [pair(1, 100)], () => {
			table.countOther(1, "10.2.0.1", 1, 10);
			table.countOther(1, "10.2.0.1", 2, 20);
			table.countOther(2, "10.2.0.1", 4, 40);
			table.countOther(0, "other", 8, 80);
		});
		expect(pairs.series()).toEqual({
			"dns 10.1.0.1 10.2.0.1": [100, 10],
			"dns other 10.2.0.1": [70, 7],
			"web other other": [80, 8],
		});
		expect(clients.series()).toMatchObject({ "dns other": [7], "web other": [8] });
		expect(table.sums().slots.map(({ live }) => live.bytes)).toEqual([80, 130, 40]);
	});

	it("is not that of all clients in ::/0", async () => {
		const { table, pairs } = withReplay();
		await poll(table, [pair(0, 10, { client: "::", prefix: 0, kind: 0 })], () =>
			table.countOther(0, "unknown", 2, 20),
		);
		expect(pairs.series()).toEqual({ "web ::/0 unknown": [10, 1], "web other unknown": [20, 2] });
	});
});

describe("what pairs had counted that are gone", () => {
	const ofClient = { level: KEPT_CLIENT, slot: 0, address: "10.1.0.1", kind: 0, prefix: 128 } as const;
	const ofEndpoint = { level: KEPT_ENDPOINT, slot: 0, address: "10.2.0.1", kind: 1, prefix: 0 } as const;
	const kept = [
		{ ...ofClient, bytes: 1000, packets: 100 },
		{ ...ofEndpoint, bytes: 1000, packets: 100 },
		{ level: RETIRED_PAIR, slot: 0, address: "", kind: 0, prefix: 0, bytes: 1000, packets: 100 } as const,
	];

	it("counts on for a client and an endpoint that have another pair", async () => {
		const { table, clients } = withReplay();
		const rows = [pair(0, 10, { endpoint: "10.2.0.2" }), pair(0, 20, { client: "10.1.0.2" })];
		await poll(table, rows, () => table.countKept(ledgerBatch(kept)));
		expect(clients.series()).toEqual({ "web 10.1.0.1": [101], "web 10.1.0.2": [2] });
		expect(table.sums().endpoints.get("web")?.get("10.2.0.1")).toEqual({ bytes: 1020, packets: 102 });
		expect(table.sums().slots[0]?.retired.pair.bytes).toBe(1000);
		expect(table.keptToRetire()).toHaveLength(0);
	});

	it("is retired with a client and an endpoint that have none, and the kernel is told", async () => {
		const { table } = withReplay();
		await poll(table, [pair(0, 10)]);
		await poll(table, [], () => table.countKept(ledgerBatch(kept)));
		expect(table.sums().slots[0]?.retired).toEqual({
			pair: { bytes: 1000, packets: 100 },
			client: { bytes: 1000, packets: 100 },
			endpoint: { bytes: 1000, packets: 100 },
		});
		expect(table.keptToRetire()).toEqual(
			Buffer.concat([encodeLedgerKey(ofClient), encodeLedgerKey(ofEndpoint)]),
		);
	});

	it("counts on for an endpoint that is configured", async () => {
		const table = tableOf({ isConfigured: (label, dip) => label === "web" && dip === "10.2.0.1" });
		await poll(table, [], () => table.countKept(ledgerBatch(kept.slice(1))));
		expect(table.sums().endpoints.get("web")?.get("10.2.0.1")?.bytes).toBe(1000);
		expect(table.keptToRetire()).toHaveLength(0);
	});

	it("is not forgotten of a client whose pair has counted nothing yet", async () => {
		const { table, clients } = withReplay();
		await poll(table, [pair(0, 0)], () => table.countKept(ledgerBatch(kept.slice(0, 1))));
		expect(clients.series()).toEqual({ "web 10.1.0.1": [100] });
	});
});

describe("a poll that breaks off", () => {
	it("does not show, wherever it does", async () => {
		const { table, pairs, clients } = withReplay();
		const rows = Array.from({ length: 40 }, (_, i) =>
			pair(i % 3, 10 * (i + 1), { client: `10.1.0.${i >> 1}` }),
		);
		await poll(table, rows.slice(0, 20));
		const before = pairs.series();
		for (const [from, to] of [
			[0, 0],
			[5, 15],
			[15, 40],
		]) {
			table.rows.hold(rows.slice(from, to));
			table.begin(LABELS);
			table.rows.tell(table);
		}
		await poll(table, rows.slice(0, 20));
		expect(pairs.series()).toEqual(before);
		await poll(table, []);
		expect({ ...pairs.series(), ...clients.series() }).toEqual({});
	});

	it("does not show in its middle either", async () => {
		const { table, pairs } = withReplay();
		const rows = Array.from({ length: 40 }, (_, i) => pair(i % 3, 10, { client: `10.1.0.${i >> 1}` }));
		await poll(table, rows);
		for (const to of [0, 7, 39]) {
			table.rows.hold(rows.slice(to));
			table.begin(LABELS);
			table.rows.tell(table, { to });
		}
		await poll(table, rows.slice(0, 6));
		expect(pairs.series()).toEqual({
			"web 10.1.0.0 10.2.0.1": [10, 1],
			"dns 10.1.0.0 10.2.0.1": [10, 1],
			"dns 10.1.0.1 10.2.0.1": [10, 1],
			"web 10.1.0.1 10.2.0.1": [10, 1],
			"dns 10.1.0.2 10.2.0.1": [20, 2],
		});
	});
});

it("refuses more rows of sip=other than it was made for", () => {
	const table = tableOf({ room: 1 });
	table.begin(LABELS);
	table.countOther(0, "10.2.0.1", 1, 10);
	expect(() => table.countOther(0, "10.2.0.2", 1, 10)).toThrow(
		"Cannot count traffic without clients: there are more endpoints, expected at most 1",
	);
});

/** The identities of the contract on every page, whatever pairs come, grow, find no room and leave, and whatever polls break off. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createGovernor } from "../../src/model/governor.ts";
import type { Reading } from "../../src/model/reading.ts";
import type { DataPath, Traffic } from "../../src/model/snapshot.ts";
import { type History, NO_HISTORY, takeSnapshot } from "../../src/model/take-snapshot.ts";
import { endpointBytes, endpointText, type Kind, type PairKey, tableOf } from "./pair-batch.ts";
import { PlainKernel } from "./plain-kernel.ts";
import { poll, reading, service, totals } from "./readings.ts";
import { Replay } from "./replay.ts";

/** Two slots share a label: a name served over two protocols. */
const SLOTS = [totals("web"), totals("dns"), totals("dns", { protocol: "udp" })];
const LABELS = SLOTS.map(({ label }) => label);
const SERVICES = [service("web", ["10.2.0.1", "10.2.0.9"]), service("idle", [])];
const CAPACITY = 6;
const IDLE_MS = 25_000;

const anyKey: fc.Arbitrary<PairKey> = fc
	.record({
		slot: fc.nat({ max: SLOTS.length - 1 }),
		client: fc.constantFrom("10.1.0.0", "10.1.0.1", "10.1.0.2", "2001:db8::"),
		masked: fc.boolean(),
		endpoint: fc.constantFrom("10.2.0.1", "10.2.0.2"),
		kind: fc.constantFrom<Kind>(0, 1, 2),
	})
	.map(({ masked, ...key }) => ({ ...key, prefix: masked ? 120 : 128 }));

const anySending = fc.record({ key: anyKey, packets: fc.nat({ max: 9 }), bytes: fc.nat({ max: 2 ** 40 }) });

const anyStep = fc.record({
	sendings: fc.array(anySending, { maxLength: 8 }),
	/** Sent between the reading of the pairs and that of the totals. */
	late: fc.nat({ max: 1000 }),
	together: fc.integer({ min: 1, max: 5 }),
	/** How many rows are told before the poll breaks off. */
	breaksAt: fc.option(fc.nat({ max: CAPACITY }), { freq: 4 }),
	pageIsTaken: fc.boolean(),
});

type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;
/** Bytes and packets of pairs, packets of clients. */
type Series = Record<string, readonly number[]>;

interface Page {
	readonly page: DataPath;
	readonly pairs: Series;
	readonly clients: Series;
	/** Clients that never left since the page before. */
	readonly stayed: readonly string[];
	readonly kernel: PlainKernel;
}

/** The pages that the steps lead to; the kernel and the table as they are then. */
async function* pagesOf(steps: readonly Step[]): AsyncGenerator<Page> {
	const kernel = new PlainKernel(SLOTS.length, CAPACITY);
	const table = tableOf({ room: 4 * CAPACITY, isConfigured });
	const governor = createGovernor({ capacity: CAPACITY, idleMs: IDLE_MS });
	const [pairs, clients] = [new Replay(table.pairs), new Replay(table.clients)];
	let history: History = NO_HISTORY;
	let crowded = false;
	for (const [i, { sendings, late, together, breaksAt, pageIsTaken }] of steps.entries()) {
		for (const { key, packets, bytes } of sendings) {
			const dip = endpointText(Buffer.from(endpointBytes(key.endpoint, key.kind)), 0, key.kind);
			if (!kernel.send(key, dip, packets, bytes)) crowded = true;
		}
		await kernel.poll(table, LABELS, together, breaksAt ?? Number.POSITIVE_INFINITY);
		if (breaksAt !== null) continue;
		const read = readingOf(kernel, late, i * 10_000, table.sums());
		const taken = takeSnapshot(history, poll({ services: SERVICES, reading: read }));
		history = taken.history;
		const page = taken.snapshot.dataPath as DataPath;
		if (pageIsTaken) {
			const series = { pairs: pairs.series(), clients: clients.series(), stayed: clients.stayed };
			yield { page, ...series, kernel };
		}
		const leaving = await governor.choose(table, { atMs: i * 10_000, crowded });
		crowded = false;
		for (const rows of [leaving.idle, leaving.crowded, leaving.marked]) kernel.mark(table, rows);
	}
}

function isConfigured(label: string, dip: string): boolean {
	return SERVICES.some((one) => one.label === label && one.endpoints.some(({ address }) => address === dip));
}

function readingOf(kernel: PlainKernel, late: number, readAtMs: number, pairs: Reading["pairs"]): Reading {
	const services = SLOTS.map((slot, i) => {
		const { packets, bytes } = kernel.totals[i] as Traffic;
		return { ...slot, packets, bytes: bytes + late, requests: packets, errors: [] };
	});
	return reading({ readAtMs, services, pairs });
}

async function onEveryPage(check: (now: Page, before: Page | undefined) => void): Promise<void> {
	await fc.assert(
		fc.asyncProperty(fc.array(anyStep, { maxLength: 12 }), async (steps) => {
			let before: Page | undefined;
			for await (const page of pagesOf(steps)) {
				check(page, before);
				before = page;
			}
		}),
		{ numRuns: 200 },
	);
}

function sum<T>(rows: readonly T[], countOf: (row: T) => number): number {
	return rows.reduce((total, row) => total + countOf(row), 0);
}

const PLACE = { bytes: -2, packets: -1 } as const;

function sumOf(series: Series, label: string, unit: keyof Traffic): number {
	const own = Object.entries(series).filter(([text]) => text.startsWith(`${label} `));
	return sum(own, ([, counts]) => counts.at(PLACE[unit]) as number);
}

describe.each(["bytes", "packets"] as const)("%s", (unit) => {
	it("1: the protocols add up to the services", async () => {
		await onEveryPage(({ page: { processed, services } }) => {
			const byProtocol = processed.tcp[unit] + processed.udp[unit] + processed.sctp[unit];
			expect(byProtocol).toBe(sum(services, (row) => row[unit]));
		});
	});

	it("2: every service is the sum of its pairs and what retired from them", async () => {
		await onEveryPage(({ page, pairs }) => {
			for (const row of page.services) {
				expect(sumOf(pairs, row.service, unit) + row.retired.pair[unit]).toBe(row[unit]);
			}
		});
	});

	it("5: services are all that the kernel counted, and what is retired never becomes less", async () => {
		await onEveryPage(({ page, kernel }, before) => {
			expect(sum(page.services, (row) => row[unit])).toBe(sum(kernel.totals, (row) => row[unit]));
			for (const row of before?.page.services ?? []) {
				const now = page.services.find(({ service }) => service === row.service);
				for (const level of ["pair", "client", "endpoint"] as const) {
					expect(now?.retired[level][unit]).toBeGreaterThanOrEqual(row.retired[level][unit]);
				}
			}
		});
	});

	it("6: no service and no client that stays ever goes down", async () => {
		await onEveryPage(({ page, clients, stayed }, before) => {
			for (const row of before?.page.services ?? []) {
				const now = page.services.find(({ service }) => service === row.service);
				expect(now?.[unit]).toBeGreaterThanOrEqual(row[unit]);
			}
			if (unit === "bytes") return;
			for (const text of stayed) {
				expect(clients[text]?.[0]).toBeGreaterThanOrEqual(before?.clients[text]?.[0] ?? 0);
			}
		});
	});
});

it("2: the packets of every service are the sum of its clients' and what retired from them", async () => {
	await onEveryPage(({ page, clients }) => {
		for (const row of page.services) {
			expect(sumOf(clients, row.service, "packets") + row.retired.client.packets).toBe(row.packets);
		}
	});
});

it("6: no endpoint that is configured ever goes down", async () => {
	await onEveryPage(({ page }, before) => {
		for (const row of before?.page.endpoints.filter(({ service, dip }) => isConfigured(service, dip)) ?? []) {
			const now = page.endpoints.find(({ service, dip }) => service === row.service && dip === row.dip);
			expect(now?.bytes).toBeGreaterThanOrEqual(row.bytes);
		}
	});
});

it("2: the endpoints of a service add up to its bytes", async () => {
	await onEveryPage(({ page: { services, endpoints } }) => {
		for (const row of services) {
			const own = endpoints.filter(({ service }) => service === row.service);
			expect(sum(own, ({ bytes }) => bytes) + row.retired.endpoint.bytes).toBe(row.bytes);
		}
	});
});

it("3: requests and errors are the sums over services", async () => {
	await onEveryPage(({ page: { requests, errors, services } }) => {
		expect(requests).toBe(sum(services, (row) => row.requests ?? Number.NaN));
		expect(errors).toBe(sum(services, (row) => row.errors ?? Number.NaN));
	});
});

it("5: the series of pairs are exactly those of the kernel, each once", async () => {
	await onEveryPage(({ pairs, kernel }) => {
		const expected: Series = {};
		const add = (text: string, { bytes, packets }: Traffic) => {
			const [knownBytes = 0, knownPackets = 0] = expected[text] ?? [];
			expected[text] = [knownBytes + bytes, knownPackets + packets];
		};
		for (const row of kernel.pairs.values()) {
			const dip = endpointText(Buffer.from(endpointBytes(row.endpoint, row.kind)), 0, row.kind);
			const bits = row.client.includes(":") ? row.prefix : row.prefix - 96;
			const sip = row.prefix === 128 ? row.client : `${row.client}/${bits}`;
			add(`${LABELS[row.slot]} ${sip} ${dip}`, row);
		}
		for (const row of kernel.others.values()) add(`${LABELS[row.slot]} other ${row.dip}`, row);
		expect(pairs).toEqual(expected);
	});
});

it("5: bytes that stand in no pair are those that came while it was read", async () => {
	await fc.assert(
		fc.asyncProperty(fc.array(anyStep, { maxLength: 6 }), fc.nat(), async (steps, late) => {
			for await (const { page } of pagesOf(steps.map((step) => ({ ...step, late })))) {
				expect(sum(page.services, ({ unattributedBytes }) => unattributedBytes ?? Number.NaN)).toBe(
					SLOTS.length * late,
				);
			}
		}),
	);
});

it("names no service and no endpoint twice", async () => {
	await onEveryPage(({ page: { services, endpoints } }) => {
		const keys = [
			...services.map(({ service }) => service),
			...endpoints.map((row) => `${row.service} ${row.dip}`),
		];
		expect(new Set(keys).size).toBe(keys.length);
	});
});

it("has shares between 0 and 1 that add up to 1, or none", async () => {
	await onEveryPage(({ page: { services, endpoints } }) => {
		const own = services.map((row) => endpoints.filter(({ service }) => service === row.service));
		for (const group of [services, ...own]) {
			const shares = group.flatMap(({ share }) => share ?? []);
			if (shares.length > 0) expect(sum(shares, (share) => share)).toBeCloseTo(1, 9);
			for (const share of shares) expect(share).toBeGreaterThanOrEqual(0);
		}
	});
});

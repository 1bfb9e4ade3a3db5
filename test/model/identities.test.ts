/** The identities of the contract, for arbitrary readings one after another. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ErrorCount, ServiceTotals } from "../../src/model/reading.ts";
import { PROTOCOLS } from "../../src/model/service.ts";
import type { DataPath, Traffic } from "../../src/model/snapshot.ts";
import type { Poll } from "../../src/model/take-snapshot.ts";
import { snapshotsOf } from "./pages.ts";
import { type PairSpec, poll, reading, service } from "./readings.ts";

const LABELS = ["web", "dns", "10.0.0.1:80/udp"];
const ADDRESSES = ["10.1.0.1", "10.1.0.2", "2001:db8::1", "unknown", "other"];
const count = fc.nat({ max: 2 ** 40 });

const anyErrors: fc.Arbitrary<ErrorCount[]> = fc.array(
	fc.record({
		reason: fc.constantFrom("refused", "reset", "timeout"),
		origin: fc.constantFrom("client", "endpoint"),
		count: fc.nat({ max: 100 }),
	}),
	{ maxLength: 3 },
);

const anyTotals: fc.Arbitrary<ServiceTotals> = fc
	.record({
		label: fc.constantFrom(...LABELS),
		protocol: fc.constantFrom(...PROTOCOLS),
		requests: count,
		bytes: count,
		packets: count,
		errors: anyErrors,
	})
	.map((row) => ({
		...row,
		requests: row.requests + row.errors.reduce((sum, error) => sum + error.count, 0),
	}));

function anyPairs(services: number): fc.Arbitrary<PairSpec[]> {
	if (services === 0) return fc.constant([]);
	const address = fc.constantFrom(...ADDRESSES);
	return fc.array(fc.tuple(fc.nat({ max: services - 1 }), address, address, count, count), { maxLength: 12 });
}

const anyReading = fc
	.array(anyTotals, { maxLength: 5 })
	.chain((services) => fc.record({ services: fc.constant(services), pairs: anyPairs(services.length) }));

const anyPolls: fc.Arbitrary<Poll[]> = fc.array(fc.option(anyReading), { maxLength: 5 }).map((readings) =>
	readings.map((parts, i) =>
		poll({
			services: [service("web", ["10.1.0.1", "10.1.0.9"]), service("idle", [])],
			reading: parts === null ? undefined : reading({ readAtMs: i * 10_000, ...parts }),
		}),
	),
);

function sum<T>(rows: readonly T[], countOf: (row: T) => number): number {
	return rows.reduce((total, row) => total + countOf(row), 0);
}

function ofService<T extends { service: string }>(rows: readonly T[], label: string): T[] {
	return rows.filter(({ service }) => service === label);
}

function expectOnEveryPage(check: (page: DataPath, before: DataPath | undefined) => void): void {
	fc.assert(
		fc.property(anyPolls, (polls) => {
			const pages = snapshotsOf(polls).flatMap(({ dataPath }) => dataPath ?? []);
			for (const [i, page] of pages.entries()) check(page, pages[i - 1]);
		}),
		{ numRuns: 150 },
	);
}

describe.each(["bytes", "packets"] as const)("%s", (unit: keyof Traffic) => {
	it("1: the protocols add up to the services", () => {
		expectOnEveryPage(({ processed, services }) => {
			const byProtocol = processed.tcp[unit] + processed.udp[unit] + processed.sctp[unit];
			expect(byProtocol).toBe(sum(services, (row) => row[unit]));
		});
	});

	it("2: every service is the sum of its pairs and what retired from them", () => {
		expectOnEveryPage(({ services, pairs }) => {
			for (const row of services) {
				const live = sum(ofService(pairs, row.service), (pair) => pair[unit]);
				expect(live + row.retired.pair[unit]).toBe(row[unit]);
			}
		});
	});

	it("6: no service ever goes down", () => {
		expectOnEveryPage((page, before) => {
			for (const row of before?.services ?? []) {
				const now = page.services.find(({ service }) => service === row.service);
				expect(now?.[unit]).toBeGreaterThanOrEqual(row[unit]);
			}
		});
	});
});

describe("the levels of a service", () => {
	it("2: its endpoints add up to its bytes", () => {
		expectOnEveryPage(({ services, endpoints }) => {
			for (const row of services) {
				const live = sum(ofService(endpoints, row.service), ({ bytes }) => bytes);
				expect(live + row.retired.endpoint.bytes).toBe(row.bytes);
			}
		});
	});

	it("2: its clients add up to its packets", () => {
		expectOnEveryPage(({ services, clients }) => {
			for (const row of services) {
				const live = sum(ofService(clients, row.service), ({ packets }) => packets);
				expect(live + row.retired.client.packets).toBe(row.packets);
			}
		});
	});
});

describe("events", () => {
	it("3: requests and errors are the sums over services, and errors never exceed requests", () => {
		expectOnEveryPage(({ requests, errors, services }) => {
			expect(requests).toBe(sum(services, (row) => row.requests));
			expect(errors).toBe(sum(services, (row) => row.errors));
			expect(errors).toBeLessThanOrEqual(requests);
			for (const row of services) expect(row.errors).toBe(sum(row.errorsBy, (error) => error.count));
		});
	});

	it("6: requests and errors never go down", () => {
		expectOnEveryPage((page, before) => {
			expect(page.requests).toBeGreaterThanOrEqual(before?.requests ?? 0);
			expect(page.errors).toBeGreaterThanOrEqual(before?.errors ?? 0);
		});
	});
});

describe("a page", () => {
	it("names no series twice", () => {
		expectOnEveryPage(({ services, endpoints, clients, pairs }) => {
			const keys = [
				...services.map(({ service }) => [service]),
				...endpoints.map(({ service, dip }) => ["dip", service, dip]),
				...clients.map(({ service, sip }) => ["sip", service, sip]),
				...pairs.map(({ service, sip, dip }) => ["pair", service, sip, dip]),
			].map((key) => JSON.stringify(key));
			expect(new Set(keys).size).toBe(keys.length);
		});
	});

	it("has shares between 0 and 1 that add up to 1, or none", () => {
		expectOnEveryPage(({ services, endpoints }) => {
			const groups = [services, ...services.map(({ service }) => ofService(endpoints, service))];
			for (const group of groups) {
				const shares = group.flatMap(({ share }) => share ?? []);
				if (shares.length > 0) expect(sum(shares, (share) => share)).toBeCloseTo(1, 9);
				for (const share of shares) expect(share).toBeGreaterThanOrEqual(0);
			}
		});
	});

	it("has no negative unattributed bytes", () => {
		expectOnEveryPage(({ services }) => {
			for (const row of services) expect(row.unattributedBytes).toBeGreaterThanOrEqual(0);
		});
	});
});

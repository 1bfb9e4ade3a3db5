/** Identities 5 and 6 of the contract: what leaves a reading is never lost, and no counter goes down. */
import { describe, expect, it } from "vitest";
import { lastDataPath } from "./pages.ts";
import { type PairSpec, poll, reading, service, totals } from "./readings.ts";

function pagesOf(...readings: PairSpec[][]) {
	return lastDataPath(
		readings.map((pairs, i) =>
			poll({
				services: [service("web", ["e1"])],
				reading: reading({ readAtMs: i * 10_000, services: [totals("web")], pairs }),
			}),
		),
	);
}

describe("a pair that left", () => {
	const page = pagesOf(
		[
			[0, "c1", "e1", 100, 1],
			[0, "c1", "e2", 10, 2],
			[0, "c2", "e2", 1, 4],
		],
		[[0, "c2", "e2", 1, 4]],
	);

	it("leaves the pairs", () => expect(page.pairs.map(({ sip }) => sip)).toEqual(["c2"]));

	it("stays counted by its service and protocol", () => {
		expect(page.services[0]).toMatchObject({ bytes: 111, packets: 7 });
		expect(page.processed.tcp).toEqual({ bytes: 111, packets: 7 });
	});

	it("stays counted by an endpoint that has other pairs or is configured", () => {
		expect(page.endpoints.map(({ dip, bytes }) => [dip, bytes])).toEqual([
			["e1", 100],
			["e2", 11],
		]);
	});

	it("retires at its level, and with it a client that has no pair left", () => {
		expect(page.services[0]?.retired).toEqual({
			pair: { bytes: 110, packets: 3 },
			client: { bytes: 110, packets: 3 },
			endpoint: { bytes: 0, packets: 0 },
		});
	});

	it("books a new pair of a retired client from 0", () => {
		const later = pagesOf([[0, "c1", "e1", 100, 1]], [], [[0, "c1", "e1", 30, 1]]);
		expect(later.pairs).toEqual([{ service: "web", sip: "c1", dip: "e1", bytes: 30, packets: 1 }]);
		expect(later.services[0]).toMatchObject({ bytes: 130, packets: 2 });
		expect(later.endpoints[0]).toMatchObject({ dip: "e1", bytes: 130 });
	});
});

describe("a pair deleted and made again between two polls", () => {
	it("begins anew, and its service keeps both counts", () => {
		const page = pagesOf([[0, "c1", "e9", 100, 9]], [[0, "c1", "e9", 40, 2]]);
		expect(page.pairs[0]).toMatchObject({ bytes: 40, packets: 2 });
		expect(page.endpoints.find(({ dip }) => dip === "e9")?.bytes).toBe(140);
		expect(page.services[0]?.retired.pair).toEqual({ bytes: 100, packets: 9 });
	});
});

describe("a service that left the reading", () => {
	const refused = [{ reason: "refused", origin: "endpoint", count: 2 }] as const;
	const web = poll({
		reading: reading({
			services: [totals("web", { requests: 5, bytes: 100, packets: 1, errors: refused })],
			pairs: [[0, "c", "e", 100, 1]],
		}),
	});
	const gone = poll({ reading: reading({ readAtMs: 10_000 }) });
	const back = poll({
		reading: reading({
			readAtMs: 20_000,
			services: [totals("web", { requests: 1, bytes: 7, packets: 1 })],
			pairs: [[0, "c", "e", 7, 1]],
		}),
	});

	it("keeps its counters on the page", () => {
		expect(lastDataPath([web, gone])).toMatchObject({
			requests: 5,
			errors: 2,
			processed: { tcp: { bytes: 100, packets: 1 } },
			services: [{ service: "web", requests: 5, errors: 2, bytes: 100, unattributedBytes: 0 }],
			newFlows: 0,
		});
	});

	it("goes on from there when it comes back and counts from 0", () => {
		expect(lastDataPath([web, gone, back])).toMatchObject({ requests: 6, errors: 2, newFlows: 1 });
	});

	it("goes on from there when it was removed and added between two polls", () => {
		expect(lastDataPath([web, back])).toMatchObject({
			requests: 6,
			errors: 2,
			processed: { tcp: { bytes: 107, packets: 2 } },
		});
	});
});

import { describe, expect, it } from "vitest";
import { lastDataPath, snapshotsOf } from "./pages.ts";
import { poll, reading, service, totals } from "./readings.ts";

const WEB = service("web", ["10.1.0.1", "10.1.0.2"]);
const ERRORS = [
	{ reason: "refused", origin: "endpoint", count: 2 },
	{ reason: "timeout", origin: "network", count: 0 },
] as const;

describe("the first page", () => {
	it("shows configured services and endpoints with counters at 0 and without shares or rates", () => {
		const page = lastDataPath([poll({ services: [WEB], reading: reading() })]);
		expect(page.services).toEqual([
			expect.objectContaining({
				service: "web",
				requests: 0,
				errors: 0,
				bytes: 0,
				packets: 0,
				share: undefined,
			}),
		]);
		expect(page.endpoints).toEqual([
			{ service: "web", dip: "10.1.0.1", bytes: 0, share: undefined },
			{ service: "web", dip: "10.1.0.2", bytes: 0, share: undefined },
		]);
		expect(page).toMatchObject({
			newFlows: undefined,
			rates: undefined,
			lcus: undefined,
			pairs: [],
			clients: [],
		});
	});

	it("has no data path when the first reading failed", () => {
		const [page] = snapshotsOf([poll({ services: [WEB] })]);
		expect(page).toMatchObject({ services: [WEB], dataPath: undefined });
	});
});

describe("names that are equal", () => {
	it("sums tcp and udp under one label, and splits what was processed by protocol", () => {
		const page = lastDataPath([
			poll({
				reading: reading({
					services: [
						totals("dns", { requests: 3, bytes: 110, packets: 3, errors: ERRORS }),
						totals("dns", { protocol: "udp", requests: 4, bytes: 40, packets: 4 }),
					],
					pairs: [
						[0, "c", "e", 100, 2],
						[1, "c", "e", 40, 4],
					],
				}),
			}),
		]);
		expect(page.pairs).toEqual([{ service: "dns", sip: "c", dip: "e", bytes: 140, packets: 6 }]);
		expect(page.services).toEqual([
			expect.objectContaining({ requests: 7, errors: 2, bytes: 140, packets: 6, unattributedBytes: 10 }),
		]);
		expect(page.services[0]?.errorsBy).toEqual([{ reason: "refused", origin: "endpoint", count: 2 }]);
		expect(page.processed).toEqual({
			tcp: { bytes: 100, packets: 2 },
			udp: { bytes: 40, packets: 4 },
			sctp: { bytes: 0, packets: 0 },
		});
	});

	it("merges two services of one label and protocol, and their equal pairs", () => {
		const page = lastDataPath([
			poll({
				reading: reading({
					services: [totals("web", { requests: 1 }), totals("web", { requests: 2 })],
					pairs: [
						[0, "c", "e", 10, 1],
						[1, "c", "e", 20, 2],
						[1, "c", "f", 5, 1],
					],
				}),
			}),
		]);
		expect(page.requests).toBe(3);
		expect(page.pairs).toEqual([
			{ service: "web", sip: "c", dip: "e", bytes: 30, packets: 3 },
			{ service: "web", sip: "c", dip: "f", bytes: 5, packets: 1 },
		]);
		expect(page.clients).toEqual([{ service: "web", sip: "c", packets: 4 }]);
	});
});

describe("unattributed bytes", () => {
	const at = (kernelBytes: number) =>
		lastDataPath([
			poll({
				reading: reading({
					services: [totals("web", { bytes: kernelBytes })],
					pairs: [[0, "c", "e", 100, 1]],
				}),
			}),
		]).services[0]?.unattributedBytes;

	it("are what the kernel counted beyond the pairs", () => expect(at(130)).toBe(30));
	it("are never negative", () => expect(at(90)).toBe(0));
});

describe("a failed poll", () => {
	const before = poll({ reading: reading({ readAtMs: 0, services: [totals("web", { requests: 0 })] }) });
	const after = poll({ reading: reading({ readAtMs: 20_000, services: [totals("web", { requests: 40 })] }) });

	it("makes the next interval longer and disturbs nothing else", () => {
		const page = lastDataPath([before, poll(), after]);
		expect(page.newFlows).toBe(40);
		expect(page.rates?.requests).toBe(2);
	});
});

describe("a poll of 65,536 pairs", () => {
	it("has them all, within the time of a test: no step is quadratic", () => {
		const big = (readAtMs: number) =>
			poll({
				reading: {
					...reading({ readAtMs, services: [totals("a"), totals("b"), totals("c")] }),
					pairs: manyPairs(65_536, readAtMs),
				},
			});
		const polls = [big(0), big(10_000), big(20_000)];
		expect(lastDataPath(polls).pairs).toHaveLength(65_536);
	});

	function manyPairs(length: number, base: number) {
		const column = Array.from({ length }, (_, i) => i);
		return {
			length,
			service: Uint32Array.from(column, (i) => i % 3),
			client: Uint32Array.from(column),
			endpoint: Uint32Array.from(column, (i) => i % 100),
			bytes: Float64Array.from(column, (i) => base + i),
			packets: Float64Array.from(column, (i) => base + i),
			addresses: column.map((i) => [10, i >> 16, (i >> 8) & 255, i & 255].join(".")),
		};
	}
});
